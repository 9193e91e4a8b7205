import { describe, expect, it } from "vitest";
import { inMaintenance } from "../../../config/hosts.ts";
import { parseStackConfig } from "../../../config/parse.ts";
import { InvalidInputError } from "../../../openstack/problems.ts";

const zones = { nova: ["node-27", "node-28"], nova2: ["node-31"] };

function told(input: Record<string, unknown>): string[] {
  try {
    parseStackConfig(input);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.problems.map(({ path, problem, fix }) => `${path}: ${problem}. Fix: ${fix}`);
  }
  return [];
}

describe("hosts in a stack's configuration", () => {
  it("have a maintenance with its reason, and nothing that was not written", () => {
    const hosts = { "node-28": { maintenance: { reason: "kernel", to: ["node-27"], parallel: 2 } }, "node-27": {} };
    const config = parseStackConfig({ zones, hosts });
    expect(inMaintenance(config.hosts)).toEqual({ "node-28": { reason: "kernel", to: ["node-27"], parallel: 2 } });
  });

  it("are told of every problem at once", () => {
    const hosts = {
      "node-27": { maintenance: { reason: "" } },
      "node-28": {
        maintenance: {
          reason: "x",
          to: ["node-28", "node-31", "node-31", "node-99"],
          zone: "nova3",
          toOtherZones: true,
        },
      },
      "node-31": { maintenance: { reason: "x", zone: "nova", parallel: 0, stopped: "off", why: "y" } },
      "node-32": {
        maintenance: { reason: "x", perTarget: 0, fillTo: 101, guest: { user: "root", address: "10.0.0.1" } },
      },
      "node-99": { maintenance: { reason: "x" } },
      "node-30": { maintenence: {} },
    };
    const lines = told({ zones, hosts });
    expect(lines).toEqual([
      "hosts.node-27.maintenance.reason: empty. Fix: give at least 1 character",
      "hosts.node-31.maintenance.stopped: not one of the choices. Fix: one of cold, leave",
      "hosts.node-31.maintenance.parallel: too small a number. Fix: give at least 1",
      "hosts.node-31.maintenance.why: no such setting. Fix: correct its name, or remove it (docs/configuration.md lists all)",
      "hosts.node-32.maintenance.perTarget: too small a number. Fix: give at least 1",
      "hosts.node-32.maintenance.fillTo: too big a number. Fix: give at most 100",
      "hosts.node-32.maintenance.guest.address: no such setting. Fix: correct its name, or remove it (docs/configuration.md lists all)",
      "hosts.node-30.maintenence: no such setting. Fix: correct its name, or remove it (docs/configuration.md lists all)",
      "hosts.node-28.maintenance.zone: to is given too. Fix: keep one of to and zone",
      "hosts.node-28.maintenance.toOtherZones: to names the targets already. Fix: keep one of to and toOtherZones",
      "hosts.node-28.maintenance.to[0]: this is the host itself. Fix: name another host",
      "hosts.node-28.maintenance.to[2]: this host is given twice. Fix: name it once",
      "hosts.node-28.maintenance.to[3]: this host is in maintenance itself. Fix: name an open host",
      "hosts.node-28.maintenance.to[3]: unknown host: it is in none of the zones of this stack. Fix: one of node-27, node-28, node-31; or add it to a zone",
      "hosts.node-28.maintenance.zone: unknown zone. Fix: one of nova, nova2; or declare it under zones",
      "hosts.node-99: unknown host: it is in none of the zones of this stack. Fix: one of node-27, node-28, node-31; or add it to a zone",
    ]);
  });

  it("may be any where the stack declares no zones", () => {
    expect(told({ hosts: { "node-99": { maintenance: { reason: "x", zone: "nova" } } } })).toEqual([]);
  });
});
