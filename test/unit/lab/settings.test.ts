import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { choiceFile, choose, describe as describeLab, fleetHosts, loadLab, stateDirOf } from "../../../lab/settings.ts";

describe("the choice of a lab", () => {
  test("the guest profile has the article's hosts and leaves the zones to the program", () => {
    const choice = choose("guest", {});
    expect(choice).toMatchObject({ prefix: "lab", hosts: ["node-27", "node-28", "node-31"], zones: {} });
  });

  test("both profiles can be up side by side", () => {
    const [guest, fleet] = [choose("guest", {}), choose("fleet", {})];
    const own = [guest, fleet].flatMap(({ network, providerNetwork }) => [network, providerNetwork]);
    expect(new Set(own).size).toBe(4);
    expect(guest.prefix).not.toBe(fleet.prefix);
    expect(stateDirOf("guest", {})).not.toBe(stateDirOf("fleet", {}));
  });

  test("a link to a lab's state is that lab, not another one", () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "lab-")));
    try {
      symlinkSync(folder, join(folder, "link"));
      expect(stateDirOf("fleet", { LAB_STATE: join(folder, "link") })).toBe(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("every wrong value is named at once, by the variable it came from", () => {
    const env = { LAB_PREFIX: "Too long for a name", LAB_NETWORK: "8.8.8", LAB_PROVIDER_NETWORK: "10.1.256" };
    expect(() => choose("guest", env)).toThrow(/LAB_PREFIX.*\n.*LAB_NETWORK.*\n.*LAB_PROVIDER_NETWORK/);
  });

  test("a host can stand in one zone only, and must exist", () => {
    const zones = { a: ["node-01", "node-09"], b: ["node-01"] };
    const wrong = (): unknown => choose("fleet", {}, { zones });
    expect(wrong).toThrow(/node-01 stands in two zones/);
    expect(wrong).toThrow(/no host node-09/);
  });

  test("the networks must differ", () => {
    expect(() => choose("guest", { LAB_NETWORK: "10.1.1", LAB_PROVIDER_NETWORK: "10.1.1" })).toThrow(/must differ/);
  });

  test("hosts of the fleet are numbered in two digits", () => {
    expect(fleetHosts(11).at(-1)).toBe("node-11");
    expect(fleetHosts(1)).toEqual(["node-01"]);
  });

  test("a host's address comes from the number in its name", () => {
    const lab = describeLab(choose("guest", {}), "/state", { HOME: "/home/x" });
    expect(lab.hostList.map(({ address }) => address)).toEqual(["10.77.0.27", "10.77.0.28", "10.77.0.31"]);
    expect(new Set(lab.hostList.map(({ uuid }) => uuid)).size).toBe(3);
    expect(lab.cacheDir).toBe("/home/x/.cache/openstack-live-migration/lab");
  });
});

describe("a lab that was made before", () => {
  let dir = "";
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "lab-settings-"));
    writeFileSync(choiceFile(dir), JSON.stringify(choose("fleet", {}, { hosts: fleetHosts(7) })));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  test("keeps its hosts when none are asked for", () => {
    expect(loadLab("fleet", {}, { LAB_STATE: dir }).hosts).toHaveLength(7);
  });

  test("refuses other hosts and another prefix, both named", () => {
    const other = (): unknown => loadLab("fleet", { hosts: fleetHosts(3) }, { LAB_STATE: dir, LAB_PREFIX: "other" });
    expect(other).toThrow(/prefix: is fleet, asked for other/);
    expect(other).toThrow(/hosts: is \[/);
  });

  test("refuses another profile in the same folder", () => {
    expect(() => loadLab("guest", {}, { LAB_STATE: dir })).toThrow(/profile: is fleet, asked for guest/);
  });
});
