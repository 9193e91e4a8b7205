import { describe, expect, it } from "vitest";
import { configFiles } from "../../../lab/config/write.ts";
import { networkingOf } from "../../../lab/networking/index.ts";
import type { Secrets } from "../../../lab/secrets.ts";
import { allServices, runScript } from "../../../lab/services.ts";
import { choose, describe as describeLab } from "../../../lab/settings.ts";

const secrets = new Proxy({}, { get: () => "pw" }) as Secrets;
const labOf = (release: string) => describeLab(choose("guest", { LAB_RELEASE: release }), "/s", {});
const OVN = ["epoxy", "2026.2"];

/** Name of what differs between a release's config files and Zed's, by file. */
function differing(release: string): string[] {
  const own = configFiles(labOf(release), secrets);
  const zed = configFiles(labOf("zed"), secrets);
  const same = (text = "") => text.replaceAll("utf8mb3", "utf8");
  return [...new Set([...Object.keys(own), ...Object.keys(zed)])]
    .filter((file) => same(own[file]) !== same(zed[file]))
    .map((file) => file.replace("/s/config/", ""));
}

/** Commands that `startBase` or `startBackend` runs, and services that it starts, in their order. */
async function played(release: string, part: "startBase" | "startBackend"): Promise<string[]> {
  const events: string[] = [];
  await networkingOf(labOf(release))[part](
    { ...labOf(release), stateDir: "/tmp/lab-that-is-not-there" },
    (host, argv) => {
      events.push(`${host}: ${argv.join(" ")}`);
      return Promise.resolve("");
    },
    (...names) => {
      events.push(`start ${names.join(" ")}`);
      return Promise.resolve();
    },
  );
  return events;
}

describe("networking of the guest profile", () => {
  it.each(OVN)("of %s differs from Zed's in Neutron's files and the switch that Nova plugs into", (release) => {
    expect(differing(release)).toEqual([
      "nova/node-27.conf",
      "nova/node-28.conf",
      "nova/node-31.conf",
      "neutron/neutron.conf",
      "neutron/agent.conf",
    ]);
  });

  it.each(OVN)("of %s filters by security groups, and Zed's cannot", (release) => {
    const neutron = (of: string) => configFiles(labOf(of), secrets)["/s/config/neutron/neutron.conf"];
    expect(neutron(release)).toContain("enable_security_group = true");
    expect(neutron("zed")).toContain("enable_security_group = false");
    expect([networkingOf(labOf(release)).portSecurity, networkingOf(labOf("zed")).portSecurity]).toEqual([true, false]);
  });

  it("has agents on each host: linuxbridge and DHCP, or OVN's controller over a switch", () => {
    const on = (release: string) =>
      allServices(labOf(release))
        .map(({ name }) => name)
        .filter((name) => name.startsWith("node-31."));
    const common = ["host", "libvirtd", "nova-compute", "sshd"].map((name) => `node-31.${name}`);
    const only = (release: string) => on(release).filter((name) => !common.includes(name));
    expect(only("zed")).toEqual(["node-31.linuxbridge-agent", "node-31.dhcp-agent"]);
    expect(only("epoxy")).toEqual(["node-31.ovsdb", "node-31.ovs-vswitchd", "node-31.ovn-controller"]);
  });

  it.each([
    ["epoxy", "neutron.cmd.eventlet.server:main_ovn_maintenance_eventlet"],
    ["2026.2", "neutron.cmd.server:main_ovn_maintenance"],
  ])("of %s runs Neutron's maintenance worker by %s", (release, entry) => {
    const lab = labOf(release);
    const worker = allServices(lab).find(({ name }) => name === "neutron-ovn-maintenance-worker") ?? expect.fail();
    expect(runScript(lab, worker)).toContain(` neutron-ovn-maintenance-worker ${entry} --config-file `);
  });

  it("configures a switch before it starts, in userspace and with checksums", async () => {
    const events = (await played("epoxy", "startBase")).filter((event) => event.includes("node-27"));
    expect(events.map((event) => event.split(" ").slice(0, 2).join(" "))).toEqual([
      "node-27: ovsdb-tool",
      "start node-27.ovsdb",
      "node-27: ovs-vsctl",
      "node-27: ovs-vsctl",
      "start node-27.ovs-vswitchd",
    ]);
    const settings = events.at(-2) ?? "";
    expect(settings).toContain('other_config:userspace-tso-enable="true"');
    expect(settings).toContain('external-ids:ovn-remote="tcp:10.77.0.1:6642"');
    for (const bridge of ["br-int", "br-ex"]) expect(settings).toContain(`set bridge ${bridge} datapath_type=netdev`);
  });

  it("is nothing on the fleet", () => {
    const fleet = networkingOf({ profile: "fleet", release: "epoxy" });
    expect(fleet.agentBinaries).toEqual([]);
    expect(fleet.neutron(labOf("epoxy"))).toEqual({ ml2: { mechanism_drivers: "lab" } });
  });
});
