import { describe, expect, test } from "vitest";
import { diskUse } from "../../../../migration/guest/disk-use.ts";

const ID = "bc8424a2-6d86-4e6e-98fc-b57e47b24947";
const answer = (...lines: string[]) =>
  ["== 9be6d518-be2b-4bdb-b", "vda disk ", "vda1 part /", "@ /", `== ${ID.slice(0, 20)}`, ...lines, "== end"].join(
    "\n",
  );

describe("a volume's disk in the guest", () => {
  test.each([
    ["bare", ["vdb disk "], { state: "free" }],
    ["with a partition that nobody mounted", ["vdb disk ", "vdb1 part "], { state: "free" }],
    ["mounted", ["vdb disk ", "vdb1 part /mnt/vol01", "@ /mnt/vol01"], use("mounted on /mnt/vol01")],
    ["mounted twice", [String.raw`vdb disk /a\x0a/b\x20c`], use("mounted on /a", "mounted on /b c")],
    ["mounted in a container only", ["vdb disk ", String.raw`@ /in\040side`], use("mounted on /in side")],
    ["swap", ["vdb disk ", "vdb1 part [SWAP]"], use("vdb1 is swap")],
    ["part of a volume group", ["vdb disk ", "vg-data lvm "], use("vg-data (lvm) is made of it")],
  ])("%s", (_, lines, expected) => {
    expect(diskUse(answer(...lines), ID)).toEqual(expected);
  });

  test.each([
    ["no disk has its serial number", answer("vdb disk "), "another-volume"],
    ["lsblk tells nothing", answer("?"), ID],
    ["there is nothing of lsblk", answer(), ID],
    ["the answer is cut", answer("vdb disk ").replace("== end", ""), ID],
    ["there is no answer", "", ID],
  ])("is never called free when %s", (_, output, id) => {
    expect(diskUse(output, id).state).toBe("unknown");
  });

  test("a whole serial number, as SCSI disks have it, is found too", () => {
    expect(diskUse(`== QEMU${ID}\nsdb disk \n== end\n`, ID)).toEqual({ state: "free" });
  });
});

function use(...by: string[]) {
  return { state: "in-use", by };
}
