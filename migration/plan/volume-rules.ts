import type { Snapshot } from "../cloud/snapshot.ts";
import type { Finding } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import { blocker, transientBlocker, warning } from "./finding.ts";

/**
 * Nova makes a second attachment of each volume for the destination, which Cinder refuses in every other status
 * (cinder/volume/api.py attachment_create and _attachment_reserve).
 */
const MOVABLE_VOLUME = new Set(["in-use", "reserved", "available", "downloading"]);

/** What the server's volumes and their attachments say of the move. Pure. */
export function* volumeFindings(request: MigrationRequest, snapshot: Snapshot): Generator<Finding> {
  const { server, volumes, attachments } = snapshot;
  const attached = [...new Set(server.volumes.map(({ id }) => id))];
  const expected = request.volumeIds ?? attached;
  for (const volume of expected.filter((id) => !attached.includes(id))) {
    yield blocker("volume-not-attached", {
      path: "volumeIds",
      value: volume,
      problem: "this volume is expected on the server, but Nova does not list it as attached",
      fix: "attach it, or take it out of the expectation",
    });
  }
  const others = attached.filter((id) => !expected.includes(id));
  if (others.length > 0) {
    yield warning("volume-unexpected", {
      path: "volumeIds",
      value: others.join(", "),
      problem: "the server has volumes attached that are not among those expected; they are moved and verified, too",
      fix: "add them to the expectation, or detach them",
    });
  }
  const hidden = [volumes, attachments].find(({ known }) => !known);
  if (hidden?.known === false) {
    yield warning("volumes-not-visible", {
      path: "cloud",
      value: hidden.reason,
      problem: "Cinder's side of the volumes cannot be seen, so attachments will not be verified",
      fix: hidden.fix ?? "use credentials that may list volumes and attachments of the server's project",
    });
  }
  const owners = attachments.known ? attachments.value.map(({ volumeId }) => volumeId) : [];
  const twice = attached.filter((id) => owners.filter((owner) => owner === id).length > 1);
  if (twice.length > 0) {
    yield blocker("attached-twice", {
      path: "server",
      value: twice.join(", "),
      problem:
        "Cinder has more than one attachment of this server for a volume: an earlier migration did not end cleanly, " +
        "and the guest may run on another host than Nova says",
      fix: "do not restart or migrate it: look with `virsh list` on both hosts where the guest runs; docs/operations.md has the steps",
    });
  }
  for (const { id, name, status, multiattach, backendHost } of volumes.known ? volumes.value : []) {
    const label = name ? `${name} (${id})` : id;
    if (!MOVABLE_VOLUME.has(status)) {
      yield transientBlocker("volume-busy", {
        path: "volumeIds",
        value: label,
        problem: `the volume ${label} is ${status}, and Cinder then refuses the second attachment that a migration needs`,
        fix: status.includes("error")
          ? "repair the volume (`openstack volume show`), then run this again"
          : `wait until it is no longer ${status} (\`openstack volume show\`), then run this again`,
      });
    }
    if (multiattach) {
      yield warning("volume-multiattach", {
        path: "volumeIds",
        value: label,
        problem: "a multi-attach volume: other servers' attachments are not this move's and were not judged",
        fix: "make sure that the file system on it is made for several writers",
      });
    }
    const backend = backendHost?.split("@")[0];
    if (backend !== undefined && backend === server.host) {
      yield warning("volume-node-local", {
        path: "volumeIds",
        value: `${label} on ${backend}`,
        problem: "the volume's back end seems to live on the source host itself: the destination may not reach it",
        fix: "make sure that the back end serves other hosts too",
      });
    }
  }
}
