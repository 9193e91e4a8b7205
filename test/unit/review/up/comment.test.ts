import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { MigrationRecord } from "../../../../migration/contract/record.ts";
import { fit } from "../../../../review/comment/fit.ts";
import { redactor } from "../../../../review/secrets/redact.ts";
import { readResult, readResults, type Result } from "../../../../review/up/records.ts";
import { upComment, type UpInputs } from "../../../../review/up/comment.ts";
import { readUpLog } from "../../../../review/up/log.ts";
import { recordOf } from "../../../support/engine/record.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const result = (over: Partial<MigrationRecord> = {}): Result => readResult(JSON.stringify(recordOf(over)), "x.json");
const comment = (results: Result[], over: Partial<UpInputs> = {}) =>
  fit(upComment({ stack: "prod", results, log: { resources: [], diagnostics: [] }, exitCode: 0, ...over }));
const vm = (name: string, over: Partial<MigrationRecord> = {}) =>
  result({ server: { id: `id-${name}`, name }, ...over });

const broken = vm("vm02", {
  outcome: "needs-attention",
  summary: "vm02 NEEDS A HUMAN: look at it",
  checks: [
    { check: "host", expected: "node-31", observed: "node-31", outcome: "passed" },
    {
      check: "volume-attached-once",
      subject: "v|1",
      expected: "1 attachment",
      observed: "2 attachments",
      outcome: "failed",
      reason: "see docs/operations.md",
      fix: "look with `virsh list` on <both>",
    },
    { check: "guest-reachable", expected: "an answer", observed: "", outcome: "not-checked", reason: "no guest given" },
  ],
});

describe("a comment on what `up` did", () => {
  test("that moved all servers", () => {
    const text = comment([vm("vm10"), vm("vm9", { adopted: true })]);
    expect(text).toMatch(/^<!-- openstack-live-migration:up:prod -->\n\n### ✅ `prod`: 2 servers moved live\n/);
    expect(text).toContain(
      "| `vm9` | ✅ moved live, begun by an earlier run | `node-28` → `node-31` | `nova` → `nova2` | `node-31` | 150 ms | 10.0 s (Nova: 8.0 s) | 1 / 0 / 0 |",
    );
    expect(text.indexOf("`vm9`")).toBeLessThan(text.indexOf("`vm10`"));
    expect(text).toContain('==>|"vm9<br/>vm10"|');
    expect(text).toContain("| `vm9` | `id-vm9` | – | `req-1` |");
  });

  test("puts failed checks first, and those that need a human", () => {
    const text = comment([vm("vm01"), broken], { exitCode: 255 });
    expect(text).toContain(
      "### 🛑 `prod`: `pulumi up` failed; 1 server NEEDS A HUMAN and 1 server moved live; 1 check could not be made\n\n" +
        "#### Failed checks\n\n" +
        "- `vm02`: `volume-attached-once` of <code>v&#124;1</code> is `2 attachments` instead of `1 attachment`: see docs/operations.md. **Fix:** look with `virsh list` on &#60;both&#62;\n",
    );
    expect(text).toContain("- `vm02`: vm02 NEEDS A HUMAN: look at it");
    expect(text).toContain("| 1 / **1** / 1 |");
    expect(text).toContain("- `vm02`: `guest-reachable`: no guest given");
    expect(text.match(/^\| `vm0\d`/gm)?.slice(0, 2)).toEqual(["| `vm02`", "| `vm01`"]);
    expect(text).toContain("vm02<br/>(needs a human)");
  });

  test.each([
    ["failed", "1 move failed (the server is intact where it was)"],
    ["refused", "1 move was refused, nothing was sent"],
    ["still-running", "1 server is still migrating"],
  ] as const)("never calls %s a success", (outcome, words) => {
    const text = comment([vm("vm01", { outcome, summary: "it did not work" })], { exitCode: 255 });
    expect(text).toContain(`### ⛔ \`prod\`: \`pulumi up\` failed; ${words}`);
    expect(text).toContain("- `vm01`: it did not work");
  });

  test("says what Pulumi said if that is all there is, and folds it behind a record's own words", () => {
    const log = { resources: ["2 unchanged"], diagnostics: ["openstack:compute Instance (x):", "error: no <quota>"] };
    const alone = comment([], { exitCode: 255, log });
    expect(alone).toContain("### ⛔ `prod`: `pulumi up` failed; no server was moved\n");
    expect(alone).toContain("<pre>\nopenstack:compute Instance (x):\nerror: no &#60;quota&#62;\n</pre>");
    expect(alone).not.toContain("<details>");
    expect(comment([broken], { exitCode: 255, log })).toContain("<summary>What Pulumi said</summary>");
    expect(alone).toContain("Resources: 2 unchanged.");
  });

  test("does not call an `up` good that failed after all moves went well", () => {
    expect(comment([vm("vm01")], { exitCode: 1 })).toContain("### ⛔ `prod`: `pulumi up` failed; 1 server moved live");
  });

  test("names a server without a record", () => {
    const failure = readResult(
      '{"schemaVersion":1,"server":"5e","error":{"kind":"cloud","message":"no answer","problems":[]}}',
      "x",
    );
    const text = comment([failure], { exitCode: 255 });
    expect(text).toContain("1 server has no record");
    expect(text).toContain("- `5e`: no answer");
  });

  test("of an `up` that moved nothing", () => {
    expect(comment([])).toContain("### ✅ `prod`: applied, no server was moved");
    const there = vm("vm01", { outcome: "already-there", downtime: null });
    expect(comment([there])).toContain("| `vm01` | ✅ already on target | – |");
    expect(comment([there])).not.toContain("mermaid");
  });

  test("tells cold moves from live ones", () => {
    const text = comment([vm("vm01"), vm("vm02", { kind: "cold" })]);
    expect(text).toContain("1 server moved live and 1 server moved cold");
    expect(text).toContain("| `vm02` | ✅ moved cold |");
  });

  test("cannot be broken by names", () => {
    const text = comment([vm("a|b\n<script>@octocat`")]);
    expect(text).not.toContain("<script");
    const row = text.split("\n").find((line) => line.includes("moved live") && line.startsWith("|"));
    expect(row?.match(/\|/g)).toHaveLength(9);
  });
});

describe("documents", () => {
  test("that are none are failures, never nothing", () => {
    expect(readResult("{", "a.json")).toMatchObject({
      kind: "failure",
      message: expect.stringContaining("a.json holds no record: it is not JSON") as string,
    });
    expect(readResult("{}", "a.json")).toMatchObject({
      kind: "failure",
      message: expect.stringContaining("no record") as string,
    });
    const newer = JSON.stringify({ ...recordOf(), schemaVersion: 2 });
    expect(readResult(newer, "a.json")).toMatchObject({ kind: "failure" });
  });

  test("are read from the folder; half-written ones are not, and a missing folder is a failure", async () => {
    const folder = tempFolder();
    await writeFile(join(folder, "live-migrate-1.json"), JSON.stringify(recordOf()));
    await writeFile(join(folder, "live-migrate-2.json.77.partial"), "{");
    await mkdir(join(folder, "sub"));
    expect(await readResults(folder, redactor([]))).toMatchObject([{ kind: "record" }]);
    const missing = await readResults("/no/such/folder", redactor([]));
    expect(missing).toMatchObject([{ kind: "failure", message: expect.stringContaining("(ENOENT)") as string }]);
  });
});

/** What `pulumi up` printed when a command failed. */
const LOG = `
Updating (test):

@ updating....
 ~  command:local:Command a **updating failed** [diff: ~environment]; error: exit status 4
Diagnostics:
  command:local:Command (a):
    error: exit status 4: running "exec node dist/live-migrate.js run":
    it failed

  pulumi:pulumi:Stack (tiny-test):
    error: update failed

Resources:
    7 unchanged
    2 errored

Duration: 2s
`;

describe("the log of `up`", () => {
  test("has diagnostics and counts", () => {
    const { resources, diagnostics } = readUpLog(LOG);
    expect(resources).toEqual(["7 unchanged", "2 errored"]);
    expect(diagnostics[0]).toBe("  command:local:Command (a):");
    expect(diagnostics.at(-1)).toBe("    error: update failed");
  });

  test("that ends before that is shown as it is", () => {
    expect(readUpLog("error: no stack named 'prod'\n")).toEqual({
      resources: [],
      diagnostics: ["error: no stack named 'prod'"],
    });
  });
});
