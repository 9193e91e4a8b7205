import { cp, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Finding } from "../../migration/contract/record.ts";
import type { SurveyedPlan } from "../../migration/plan/survey.ts";
import { toolchainPaths } from "../../toolchain/paths.ts";
import { fit } from "../../review/comment/fit.ts";
import { previewComment } from "../../review/preview/comment.ts";
import { readPreview } from "../../review/preview/document.ts";
import { readPlanFiles } from "../../review/preview/plans.ts";
import { recordOf } from "../support/engine/record.ts";
import { tinyProgram, type TinyProgram } from "../support/stack/tiny-program.ts";

/** Two migrations, planned by what stands in facts.json instead of a cloud's answers. */
const PROGRAM = `
import { readFileSync } from "node:fs";
import { local } from "@pulumi/command";
import { inject } from "./components/injected.ts";
import { LiveMigration } from "./components/live-migration.ts";
import { MovePlanner } from "./components/preview/move-planner.ts";
const { hosts, onDrift, plans, fresh } = JSON.parse(readFileSync("facts.json", "utf8"));
const planner = new MovePlanner({ survey: async () => ({ plan: async (request: any) => plans[request.server] }) });
for (const name of ["a", "b"]) {
  new LiveMigration(name, inject({ serverId: name, host: hosts[name], onDrift }, { planner }));
}
if (fresh) {
  const made = new local.Command("made", { create: "echo made" });
  new LiveMigration("fresh", inject({ serverId: made.stdout, host: "node-28" }, { planner }));
}
`;

const finding = (severity: Finding["severity"], code: string, problem: string): Finding => ({
  ...{ code, severity, transient: false, path: "azPin", value: "nova" },
  ...{ problem, fix: "unpin it" },
});

const place = (host: string) => ({ host, hypervisorHostname: host, availabilityZone: "nova" });

interface PlanOptions {
  to?: string;
  since?: string;
  /** Code of a blocker that will not go away. */
  blocker?: string;
  warning?: string;
}

/** What the survey of a real cloud gives. */
const plan = (
  server: string,
  on: string,
  { to = "node-28", since = "noon", blocker, warning }: PlanOptions = {},
): SurveyedPlan => ({
  planned: true,
  move: null,
  onTarget: on === to,
  updatedAt: since,
  document: {
    schemaVersion: 1,
    action: blocker === undefined ? (on === to ? "nothing" : "migrate") : "refuse",
    server: { id: server, name: server },
    source: place(on),
    destination: place(to),
    why: null,
    method: "by test",
    estimateSeconds: 9,
    timeoutSeconds: 1600,
    findings: [
      ...(blocker === undefined ? [] : [finding("blocker", blocker, `${server} is ${blocker}`)]),
      ...(warning === undefined ? [] : [finding("warning", "odd", warning)]),
    ],
  },
});

interface Facts {
  hosts?: Record<string, string>;
  onDrift?: string;
  /** Declares one more server, which `up` will make. */
  fresh?: boolean;
  plans: Record<string, unknown>;
}

interface Preview {
  steps: { op: string; urn: string }[];
  diagnostics?: { message: string; severity: string; urn?: string }[];
}

describe("planning and drift, by the real CLI", { timeout: 180_000 }, () => {
  let program: TinyProgram;

  const facts = (given: Facts) =>
    writeFile(
      path.join(program.folder, "facts.json"),
      JSON.stringify({ hosts: { a: "node-28", b: "node-28" }, ...given }),
    );
  /** Names of the commands that would be updated, and all that was said. */
  const preview = async () => {
    const { stdout, exitCode } = await program.pulumi("preview", "--json");
    const { steps, diagnostics = [] } = JSON.parse(stdout) as Preview;
    const commands = steps.filter(({ op, urn }) => op !== "same" && urn.includes("local:Command"));
    return {
      exitCode,
      commands: commands.map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? ""}`).sort(),
      said: diagnostics.map(({ message }) => message).join("\n"),
    };
  };
  const up = async () => {
    const result = await program.pulumi("up", "--yes", "--skip-preview");
    expect(result.exitCode, result.all).toBe(0);
  };
  const quiet = { a: plan("a", "node-28"), b: plan("b", "node-28") };

  beforeAll(async () => {
    program = await tinyProgram(PROGRAM, { LIVE_MIGRATE_PLANS: "plans" });
    const { repository } = toolchainPaths();
    for (const layer of ["components", "migration", "openstack", "text"]) {
      await cp(path.join(repository, layer), path.join(program.folder, layer), { recursive: true });
    }
    await mkdir(path.join(program.folder, "dist"));
    const record = JSON.stringify(recordOf());
    await writeFile(path.join(program.folder, "dist/live-migrate.js"), `console.log(${JSON.stringify(record)});\n`);
    await facts({ plans: quiet });
    await up();
  });
  afterAll(() => program.remove());

  test("the state shows where each server is, as verified", async () => {
    const { stdout } = await program.pulumi("stack", "export");
    const { deployment } = JSON.parse(stdout) as {
      deployment: { resources: { type: string; inputs?: object; outputs?: object }[] };
    };
    const moves = deployment.resources.filter(({ type }) => type === "openstack-live-migration:index:LiveMigration");
    const { host, availabilityZone } = recordOf().current;
    expect(moves.map(({ outputs }) => outputs)).toEqual(Array(2).fill({ host, availabilityZone }));
  });

  test("a server moved by others is an update, once for each time it is moved", async () => {
    expect((await preview()).commands).toEqual([]);

    await facts({ plans: { ...quiet, a: plan("a", "node-27") } });
    const found = await preview();
    expect(found).toMatchObject({ exitCode: 0, commands: ["update a"] });
    expect(found.said).toMatch(
      /drift: the server is on node-27 \(nova\), not on node-28 as declared; `pulumi up` moves/,
    );
    await up();

    await facts({ plans: quiet });
    expect((await preview()).commands).toEqual([]);
    await facts({ plans: { ...quiet, a: plan("a", "node-27", { since: "one o'clock" }) } });
    expect((await preview()).commands).toEqual(["update a"]);
    await facts({ onDrift: "warn", plans: { ...quiet, a: plan("a", "node-27", { since: "one o'clock" }) } });
    const warned = await preview();
    expect(warned.commands).toEqual([]);
    expect(warned.said).toContain("nothing is moved (onDrift: warn)");
  });

  test("the comment shows a preview's plans, whatever Pulumi makes of their sentences", async () => {
    const text = async () => {
      const { stdout, exitCode } = await program.pulumi("preview", "--json");
      const plans = await readPlanFiles(path.join(program.folder, "plans"), (one) => one);
      const document = readPreview(stdout, (one) => one);
      return fit(previewComment({ stack: "prod", document, plans, exitCode }));
    };
    const hosts = { a: "node-31", b: "node-31" };
    const warning = 'a "warning" of  `odd` spaces,\ttabs and \u001b[1mcolours\u001b[0m <b> é';
    const a = plan("a", "node-28", { to: "node-31", warning });
    await facts({ hosts, plans: { a, b: plan("b", "node-27", { to: "node-31" }) } });
    const moved = await text();
    expect(moved).toContain("### ⚠️ `prod`: 2 servers will move live; nothing is replaced or deleted\n");
    expect(moved).toContain("| ✅ will move, 1 warning |");
    expect(moved.match(/spaces, tabs/g)).toHaveLength(1);

    const blocked = plan("b", "node-28", { to: "node-31", blocker: "pinned" });
    await facts({ hosts, plans: { a, b: blocked } });
    const failed = await text();
    expect(failed).toContain("### ⛔ `prod`: the preview failed, nothing can be applied; 1 move can never");
    expect(failed.match(/b is pinned/g)).toHaveLength(1);

    await facts({ hosts: { a: "node-28", b: "node-28" }, plans: quiet, fresh: true });
    expect(await text()).toContain("### ✅ `prod`: 1 other change\n");
  });

  test("what can never be moved fails the preview with every server's reasons; a cloud that is away does not", async () => {
    const hosts = { a: "node-31", b: "node-31" };
    const stuck = { to: "node-31", blocker: "pinned" };
    await facts({ hosts, plans: { a: plan("a", "node-28", stuck), b: plan("b", "node-28", stuck) } });
    const refused = await program.pulumi("preview");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.all).toMatch(/2 problems in the planned moves[^]*a\.azPin = "nova"[^]*b\.azPin = "nova"/);
    expect(refused.all).not.toContain("move-planner.ts:");

    const away = { planned: false, reason: "nobody answers" };
    await facts({ hosts, plans: { a: away, b: plan("b", "node-28", { to: "node-31" }) } });
    const unchecked = await preview();
    expect(unchecked).toMatchObject({ exitCode: 0, commands: ["update a", "update b"] });
    expect(unchecked.said).toContain("not checked: the move to node-31: nobody answers");
    expect(unchecked.said).not.toContain("live-migrate-plan");
  });
});
