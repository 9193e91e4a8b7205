import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configFiles } from "../../../lab/config/write.ts";
import { ini, merge } from "../../../lab/ini.ts";
import type { Secrets } from "../../../lab/secrets.ts";
import { allServices, runScript } from "../../../lab/services.ts";
import { choose, describe as describeLab } from "../../../lab/settings.ts";

const secrets: Secrets = {
  admin: "pw-admin",
  user: "pw-user",
  rabbit: "pw-rabbit",
  nova: "pw-nova",
  cinder: "pw-cinder",
  glance: "pw-glance",
  placement: "pw-placement",
  neutron: "pw-neutron",
};
const guest = describeLab(choose("guest", {}), "/s", {});
const fleet = describeLab(choose("fleet", {}), "/f", {});
const files = configFiles(guest, secrets);

/** Options of one section of a rendered file. */
function section(text: string, name: string): Record<string, string> {
  const body = new RegExp(`^\\[${name}\\]\\n([^[]*)`, "m").exec(text)?.[1] ?? "";
  return Object.fromEntries(
    body.split("\n").flatMap((line) => (line.includes(" = ") ? [line.split(" = ", 2)] : [])) as [string, string][],
  );
}

describe("ini", () => {
  test("renders sections, lists and booleans in order", () => {
    expect(ini({ a: { x: true, y: ["p", 2] }, b: { z: "" } })).toBe("[a]\nx = true\ny = p,2\n\n[b]\nz = \n");
  });
  test("refuses a value that would become further options", () => {
    expect(() => ini({ a: { x: "1\nadmin = true" } })).toThrow(/\[a\] x/);
  });
  test("merges by section, the later wins", () => {
    expect(merge({ a: { x: 1, y: 1 } }, { a: { y: 2 }, b: {} })).toEqual({ a: { x: 1, y: 2 }, b: {} });
  });
});

describe("configuration", () => {
  test("a service token is sent by Nova and Cinder and required by all: else attachments are left behind", () => {
    for (const name of ["nova/nova.conf", "cinder/cinder.conf"])
      expect(section(files[`/s/config/${name}`] ?? "", "service_user")).toMatchObject({
        send_service_user_token: "true",
      });
    for (const name of [
      "nova/nova.conf",
      "cinder/cinder.conf",
      "glance/glance-api.conf",
      "neutron/neutron.conf",
      "placement/placement.conf",
    ])
      expect(section(files[`/s/config/${name}`] ?? "", "keystone_authtoken")).toMatchObject({
        service_token_roles: "service",
        service_token_roles_required: "true",
      });
  });

  test("guests are never started by Nova on its own", () => {
    for (const host of guest.hosts)
      expect(section(files[`/s/config/nova/${host}.conf`] ?? "", "DEFAULT")).toMatchObject({
        host,
        resume_guests_state_on_host_boot: "false",
      });
  });

  test("a compute does not know the database", () => {
    const compute = allServices(guest).find(({ name }) => name === "node-27.nova-compute");
    expect(compute?.command.join(" ")).not.toContain("database.conf");
    expect(files["/s/config/nova/nova.conf"]).not.toContain("mysql+pymysql");
  });

  test("every host gets a DHCP port", () => {
    expect(section(files["/s/config/neutron/neutron.conf"] ?? "", "DEFAULT")["dhcp_agents_per_network"]).toBe("3");
  });

  test("the clouds are an admin and an ordinary user", () => {
    const { clouds } = parse(files["/s/clouds.yaml"] ?? "") as {
      clouds: Record<string, { auth: Record<string, string> }>;
    };
    expect(clouds["lab"]?.auth).toMatchObject({
      username: "admin",
      password: "pw-admin",
      auth_url: "http://10.77.0.1:5000/v3",
    });
    expect(clouds["lab-user"]?.auth).toMatchObject({ username: "demo", password: "pw-user" });
  });

  test("the fleet has no Ceph, no agents, and the paced driver", () => {
    const own = configFiles(fleet, secrets);
    expect(own["/f/config/nova/node-01.conf"]).toContain("labfake.PacedFakeDriver");
    expect(Object.keys(own).filter((file) => /ceph|agent/.test(file))).toEqual([]);
  });
});

describe("services", () => {
  test.each([guest, fleet])("have names of their own in each profile", (lab) => {
    const names = allServices(lab).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test("what tests break is there by its name", () => {
    const names = allServices(guest).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "node-31.nova-compute",
        "node-31.libvirtd",
        "nova-conductor",
        "rabbitmq",
        "nova-api",
        "keystone",
      ]),
    );
  });

  test("no password stands in a run script: arguments and environments can be read by others", () => {
    for (const service of allServices(guest)) expect(runScript(guest, service)).not.toMatch(/pw-/);
  });

  test("everything runs in a namespace; only the makers of namespaces start outside", () => {
    for (const service of allServices(guest)) {
      const last = runScript(guest, service).trimEnd().split("\n").at(-1);
      expect(last).toMatch(/^exec chpst -P (ip netns exec lab-infra|nsenter )/);
    }
  });
});
