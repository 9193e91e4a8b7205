import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mustBeFolder } from "../../../../migration/cli/output-file.ts";
import { mayWriteReport, reportOf, writeReport } from "../../../../migration/report/file.ts";
import { emptyTrace } from "../../../../migration/report/trace-data.ts";
import { recordOf } from "../../../support/engine/record.ts";

const folder = () => mkdtemp(join(tmpdir(), "report-"));

// The first page loads all that draws it, which takes its time on a busy machine.
describe("report files", { timeout: 60_000 }, () => {
  it("are refused before the move where they could not be written after it", async () => {
    await expect(mayWriteReport("/nowhere/report.html")).rejects.toThrow(
      /--report \(\/nowhere\/report.html\): \/nowhere is not a writable directory \(ENOENT\)/,
    );
    await expect(mayWriteReport(join(await folder(), "report.html"))).resolves.toBeUndefined();
  });

  it("of several servers need a folder", async () => {
    await expect(mustBeFolder("--report", "/nowhere/all.html")).rejects.toThrow(
      "--report (/nowhere/all.html): not a directory; with several servers, one file per server is written. Fix: create it, or name an existing one",
    );
    await expect(mustBeFolder("--report", await folder())).resolves.toBeUndefined();
  });

  it("get a name of the server's own in a folder", async () => {
    const there = await folder();
    const path = await writeReport(there, recordOf({ server: { id: "../5e", name: "a" } }), emptyTrace());
    expect(await readdir(there)).toEqual(["live-migrate-%2E.%2F5e.html"]);
    expect(await readFile(path, "utf8")).toMatch(/^<!doctype html>/);
  });

  it("are made of a record that was kept, and of nothing else", async () => {
    const path = join(await folder(), "record.json");
    await writeFile(path, JSON.stringify(recordOf()));
    expect(await reportOf(path)).toContain("Live migration of admin_vm01");
    await writeFile(path, "{}");
    await expect(reportOf(path)).rejects.toThrow(/holds no record: .*Fix: /);
    await expect(reportOf(`${path}.not`)).rejects.toThrow(/cannot be read: ENOENT.* Fix: name a file/);
  });
});
