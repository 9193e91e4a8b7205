import { describe, expect, test } from "vitest";

import { readStackFile, setHosts } from "../../../scripts/demo/stack-file.ts";

const TEXT = `# The lab.
config:
  openstack-live-migration:zones:
    nova: [node-27,  node-28]   # odd spaces
    nova2: [node-31]
  openstack-live-migration:servers:
    # Case 2
    admin_vm01:
      host: node-28 # moves
      bootVolume: {name: admin_vol01}
      dataVolumes:
        admin_vol11: {sizeGiB: 1}
      guest: {mountPoints: [/mnt/vol01]}
    admin_vm02: { host: "node-28", guest: { mountPoints: [/srv] } }
encryptionsalt: v1:abc
`;

describe("the stack's file", () => {
  test("reads zones, servers and their volumes", () => {
    expect(readStackFile(TEXT)).toEqual({
      zones: { nova: ["node-27", "node-28"], nova2: ["node-31"] },
      servers: [
        { name: "admin_vm01", host: "node-28", volumes: ["admin_vol01", "admin_vol11"], mountPoint: "/mnt/vol01" },
        { name: "admin_vm02", host: "node-28", volumes: ["admin_vm02-boot"], mountPoint: undefined },
      ],
    });
  });

  test("gets other hosts and is otherwise the same, to the space", () => {
    const expected = TEXT.replace("host: node-28 #", "host: node-31 #").replace('host: "node-28"', "host: node-31");
    expect(setHosts(TEXT, "node-31")).toBe(expected);
  });

  test("stays as it is where the hosts are right already", () => {
    const moved = setHosts(TEXT, "node-31");
    expect(setHosts(moved, "node-31")).toBe(moved);
  });

  test("without a host is refused by the server's name", () => {
    expect(() => readStackFile("config:\n  openstack-live-migration:servers: { vm: { zone: nova } }\n")).toThrow("vm");
  });

  test("that is no YAML is refused", () => {
    expect(() => readStackFile("config: [")).toThrow();
  });
});
