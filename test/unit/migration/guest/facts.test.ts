import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { factsScript, parseFacts } from "../../../../migration/guest/facts.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

/** As the lab's guest answers. */
const ANSWER = `== boot_id
7c3f1c5e-0d0b-4f0e-8f5a-2f5ad0c4f6a1
== uptime
84.31 155.20
== lsblk
vda 1073741824 disk
vdb 1073741824 disk
vdb1 1072693248 part /mnt/vol01
== df /mnt/vol01
Filesystem     1024-blocks  Used Available Capacity Mounted on
/dev/vdb1           996780  1032    927108       1% /mnt/vol01
== df /mnt/none
Filesystem     1024-blocks  Used Available Capacity Mounted on
/dev/vda           1014680 20000    900000       3% /
== sha256 /mnt/vol01/proof
2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae  /mnt/vol01/proof
== sha256 /mnt/vol01/gone
`;

describe("parseFacts", () => {
  it("reads what a guest says of itself", () => {
    expect(parseFacts(ANSWER)).toEqual({
      bootId: "7c3f1c5e-0d0b-4f0e-8f5a-2f5ad0c4f6a1",
      uptimeSeconds: 84.31,
      blockDevices: ["vda 1073741824 disk", "vdb 1073741824 disk", "vdb1 1072693248 part /mnt/vol01"],
      filesystems: { "/mnt/vol01": { device: "/dev/vdb1", sizeKiB: 996780 }, "/mnt/none": null },
      files: {
        "/mnt/vol01/proof": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "/mnt/vol01/gone": null,
      },
    });
  });

  it.each([
    ["nothing", ""],
    ["a message of the day", "Welcome!\n"],
    ["half of it", "== boot_id\nabc\n== upt"],
    ["an uptime that is no number", "== boot_id\nabc\n== uptime\nsoon\n"],
    ["an empty uptime", "== boot_id\nabc\n== uptime\n"],
  ])("does not take %s for facts", (_, answer) => {
    expect(parseFacts(answer)).toBeNull();
  });

  it("does not mind text before it", () => {
    expect(parseFacts(`Welcome!\n\n${ANSWER}`)?.bootId).toMatch(/^7c3f/);
  });
});

it("the script runs in a real shell, with paths that a shell would take apart", () => {
  const folder = tempFolder("facts '$(x) ");
  const file = join(folder, "it's");
  writeFileSync(file, "foo");
  const output = execFileSync("sh", { input: factsScript([folder, "/"], [file, "/no/such"]), encoding: "utf8" });
  const facts = parseFacts(output);
  expect(facts?.uptimeSeconds).toBeGreaterThan(0);
  expect(facts?.files).toEqual({
    [file]: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    "/no/such": null,
  });
  expect(facts?.filesystems[folder]).toBeNull();
  expect(facts?.filesystems["/"]?.sizeKiB).toBeGreaterThan(0);
});
