import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fit } from "../../../../review/comment/fit.ts";
import { previewComment } from "../../../../review/preview/comment.ts";
import { readPreview } from "../../../../review/preview/document.ts";

/** Documents that `pulumi preview --json` printed, without what no review reads. */
const fixture = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", `${name}.json`), "utf8");
const comment = (text: string) => fit(previewComment("prod", readPreview(text)));
const headline = (text: string) => comment(text).split("\n")[2];

const MIGRATION = "urn:pulumi:prod::p::openstack-live-migration:index:LiveMigration";
const command = (name: string, before: object | undefined, after: object) => ({
  op: before ? "update" : "create",
  urn: `${MIGRATION}$command:local:Command::${name}`,
  ...(before && { oldState: { custom: true, inputs: { environment: before } } }),
  newState: { custom: true, inputs: { environment: after } },
});
const place = (host: string | null, availabilityZone: string | null = "nova") => ({
  host,
  hypervisorHostname: host,
  availabilityZone,
});
const planLine = (name: string, over: object = {}) => ({
  urn: `${MIGRATION}::${name}`,
  severity: "info",
  message: `live-migrate-plan ${JSON.stringify({
    schemaVersion: 1,
    action: "migrate",
    server: { id: "5e", name },
    source: place("node-28"),
    destination: place("node-31", "nova2"),
    why: null,
    method: "compute 2.90, host validated by the scheduler",
    estimateSeconds: 9,
    timeoutSeconds: 1600,
    findings: [],
    drift: false,
    ...over,
  })}\n`,
});
const moved = (name: string) => command(name, { LIVE_MIGRATE_HOST: "node-28" }, { LIVE_MIGRATE_HOST: "node-31" });
const preview = (steps: object[], diagnostics: object[] = []) => JSON.stringify({ steps, diagnostics });
const finding = (over: object = {}) => ({
  code: "destination-down",
  severity: "blocker",
  transient: true,
  path: "host",
  value: "node-31 is down",
  problem: "nova-compute on node-31 does not report",
  fix: "look at it",
  ...over,
});

describe("a comment on what the CLI printed", () => {
  test("a move, beside a replacement", () => {
    const text = comment(fixture("preview-move"));
    expect(text).toMatch(
      /^<!-- openstack-live-migration:preview:prod -->\n\n### ⚠️ `prod`: 1 resource would be REPLACED, /,
    );
    expect(text).toContain(
      "> [!CAUTION]\n> - **replaced (destroyed and made anew):** `command:local:Command replaced`",
    );
    expect(text).toContain("| `a` | `node-28` → `node-31` | `nova` → `nova2` | by test | 9 s | ✅ will move |");
    expect(text).toContain("| create | 1 | `command:local:Command new` |");
    expect(text).not.toMatch(/secret|hunter2/);
  });

  test("a move that can never be made fails the preview, and is told once", () => {
    const text = comment(fixture("preview-blocked"));
    expect(text).toContain(
      "### ⛔ `prod`: the preview failed, nothing can be applied; 1 move can never be made as asked and 1 server could move live\n",
    );
    expect(text.match(/the problem of pinned/g)).toHaveLength(1);
    expect(text).toContain("- `a`, `azPin` = `nova`: the problem of pinned. **Fix:** fix of pinned");
    expect(text).toContain("| ⛔ blocked, 1 warning |");
    expect(text).toContain("| ✅ could move |");
    expect(text).toContain("#### Warnings\n\n- `a`, `azPin` = `nova`: the problem of w. **Fix:** fix of w");
  });

  test("deletions that protection refuses", () => {
    const text = comment(fixture("preview-delete"));
    expect(text).toContain("2 resources would be DELETED");
    expect(text).toContain("> - **deleted:** `command:local:Command protected`");
    expect(text).toContain("**Error** in `command:local:Command protected`");
    expect(text).toContain("because it is protected.");
    expect(text).not.toContain("preview failed\n</pre>");
    expect(text).toContain("It may be different by the time of `up`.");
  });

  test("a program that throws", () => {
    const text = comment(fixture("preview-throws"));
    expect(text).toContain("### ⛔ `prod`: the preview failed, nothing can be applied\n");
    expect(text).toContain("Error: boom &#60;b&#62;");
  });
});

describe("the verdict", () => {
  test("is good only if everything will be done and nothing is lost", () => {
    expect(headline(preview([moved("a"), moved("b")], [planLine("a"), planLine("b")]))).toBe(
      "### ✅ `prod`: 2 servers will move live; nothing is replaced or deleted",
    );
    expect(headline(preview([]))).toBe("### ✅ `prod`: nothing changes");
  });

  test("warns where a move has warnings, is refused as things are, or was not checked", () => {
    const warned = planLine("a", { findings: [finding({ severity: "warning" })] });
    expect(headline(preview([moved("a")], [warned]))).toMatch(/^### ⚠️ .*1 server will move live/);
    const refused = planLine("a", { action: "refuse", findings: [finding()] });
    expect(headline(preview([moved("a")], [refused]))).toBe("### ⚠️ `prod`: 1 move would be refused now");
    expect(headline(preview([moved("a")]))).toBe("### ⚠️ `prod`: 1 move was not checked");
    const other = { severity: "warning", message: "warning: node-31 has servers" };
    expect(headline(preview([], [other]))).toBe("### ⚠️ `prod`: nothing changes");
  });

  test.each([
    ["nothing at all", "", "the preview ended before it had a result"],
    ["no JSON", "error: no stack named prod", "no JSON document"],
    ["another document", '{"hello":1}', "neither steps nor diagnostics"],
    ["steps of another shape", '{"steps":[{"op":1}]}', "another document than expected"],
  ])("of %s is never good", (_, text, reason) => {
    expect(headline(text)).toBe("### ⛔ `prod`: the preview failed, nothing can be applied");
    expect(comment(text)).toContain(reason);
  });
});

describe("rows", () => {
  test("of a move that was not checked say from where to where, and why", () => {
    const line = {
      ...planLine("a"),
      message: `live-migrate-plan {"schemaVersion":1,"action":"not-checked","server":{"id":"5e"},"reason":"no | clouds.yaml","pending":true}`,
    };
    const warning = {
      urn: `${MIGRATION}::a`,
      severity: "warning",
      message: "warning: not checked: the move to node-31",
    };
    const text = comment(preview([moved("a")], [warning, line]));
    expect(text).toContain("| `a` | `node-28` → `node-31` | ? | – | – | ⚠️ not checked |");
    expect(text).toContain("- `a` was not checked: no &#124; clouds.yaml");
    expect(text.match(/was not checked:|not checked: the move/g)).toHaveLength(1);
    expect(text).toContain("(not checked)");
  });

  test("of a drift say that others moved the server", () => {
    const step = command(
      "a",
      { LIVE_MIGRATE_HOST: "node-31" },
      { LIVE_MIGRATE_HOST: "node-31", LIVE_MIGRATE_DRIFT: "x" },
    );
    expect(comment(preview([step], [planLine("a", { drift: true })]))).toContain("✅ will move back: others moved it");
  });

  test("put what is blocked first, and servers in the order of their numbers", () => {
    const names = ["vm10", "vm9", "vm11"];
    const lines = names.map((name) =>
      planLine(name, name === "vm11" ? { action: "refuse", findings: [finding({ transient: false })] } : {}),
    );
    const rows = comment(preview(names.map(moved), lines)).match(/^\| `vm\d+`/gm);
    expect(rows).toEqual(["| `vm11`", "| `vm9`", "| `vm10`"]);
  });

  test("of a zone that a host is chosen in, with a long move", () => {
    const text = comment(
      preview([moved("a")], [planLine("a", { destination: place(null, "nova2"), estimateSeconds: 3000 })]),
    );
    expect(text).toContain("| `node-28` → a host of `nova2` | `nova` → `nova2` |");
    expect(text).toContain("| 50 min |");
  });

  test("are not there for settings that move nothing", () => {
    const step = command("a", { LIVE_MIGRATE_HOST: "x" }, { LIVE_MIGRATE_HOST: "x", LIVE_MIGRATE_GUEST: "{}" });
    const text = comment(preview([step]));
    expect(text).toContain("### ✅ `prod`: nothing changes");
    expect(text).toContain("| verify anew, nothing is moved | 1 | `a` |");
    expect(text).not.toContain("Server");
  });
});

test("names of servers can neither break the table nor mention people nor start a script", () => {
  const names = ["a|b", "`c`", "@octocat", "<script>alert(1)</script>", "x\ny", "[link](http://evil)"];
  const text = comment(
    preview(
      names.map(moved),
      names.map((name) => planLine(name)),
    ),
  );
  const rows = text.split("\n").filter((line) => line.includes("✅ will move"));
  expect(rows).toHaveLength(names.length);
  for (const row of rows) expect(row.match(/\|/g)).toHaveLength(7);
  expect(text).not.toContain("<script");
  expect(text).not.toMatch(/(^|[^>])@octocat/m);
});

test("nothing of the resources' values gets into a comment", () => {
  const step = {
    op: "update",
    urn: "urn:pulumi:prod::p::openstack:compute/instance:Instance::vm",
    oldState: { custom: true, inputs: { userData: "planted-old" } },
    newState: { custom: true, inputs: { userData: "planted-new", adminPass: "planted-pass" } },
  };
  expect(comment(preview([step]))).not.toContain("planted");
});

test("zones that the preview makes are drawn with all their hosts", () => {
  const zone = {
    op: "update",
    urn: "urn:pulumi:prod::p::openstack-live-migration:index:AvailabilityZone::nova",
    newState: { custom: false, inputs: { hosts: ["node-27", "node-28"] } },
  };
  expect(comment(preview([zone, moved("a")], [planLine("a")]))).toContain('["node-27"]');
});
