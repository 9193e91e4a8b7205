import type { V } from "../../catalogue.ts";
import { blocker, blockerNow, warning } from "./finding-kinds.ts";

/** Findings about volumes and their attachments. */
export const VOLUME_TEXTS = {
  "attached-twice": blocker(({ volumes }: V<"volumes">) => ({
    path: "server",
    value: volumes,
    problem:
      "Cinder has more than one attachment of this server for a volume: an earlier migration did not end cleanly, " +
      "and the guest may run on another host than Nova says",
    fix: "do not restart or migrate it: look with `virsh list` on both hosts where the guest runs; docs/operations.md has the steps",
  })),
  "volume-not-attached": blocker(({ volume }: V<"volume">) => ({
    path: "volumeIds",
    value: volume,
    problem: "this volume is expected on the server, but Nova does not list it as attached",
    fix: "attach it, or take it out of the expectation",
  })),
  "volume-unexpected": warning(({ volumes }: V<"volumes">) => ({
    path: "volumeIds",
    value: volumes,
    problem: "the server has volumes attached that are not among those expected; they are moved and verified, too",
    fix: "add them to the expectation, or detach them",
  })),
  "volumes-not-visible": warning(({ reason }: V<"reason">) => ({
    path: "cloud",
    value: reason,
    problem: "Cinder's side of the volumes cannot be seen, so attachments will not be verified",
    fix: "use credentials that may list volumes and attachments of the server's project",
  })),
  "volume-busy": blockerNow(({ volume, status }: V<"volume" | "status">) => ({
    path: "volumeIds",
    value: volume,
    problem: `the volume ${volume} is ${status}, and Cinder then refuses the second attachment that a live migration needs`,
    fix: status.includes("error")
      ? "repair the volume (`openstack volume show`), then run this again"
      : `wait until it is no longer ${status} (\`openstack volume show\`), then run this again`,
  })),
  "volume-multiattach": warning(({ volume }: V<"volume">) => ({
    path: "volumeIds",
    value: volume,
    problem: "a multi-attach volume: other servers' attachments are not this move's and were not judged",
    fix: "make sure that the file system on it is made for several writers",
  })),
  "volume-node-local": warning(({ volume, backend }: V<"volume" | "backend">) => ({
    path: "volumeIds",
    value: `${volume} on ${backend}`,
    problem: "the volume's back end seems to live on the source host itself: the destination may not reach it",
    fix: "make sure that the back end serves other hosts too",
  })),
};
