import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, test, vi } from "vitest";
import { inject } from "../../components/injected.ts";
import { LiveMigration } from "../../components/live-migration.ts";
import type { LastRun } from "../../components/preview/preview-verdict.ts";
import type { PreviewPlan } from "../../components/preview/preview-plan.ts";
import { MovePlanner, type MovePlannerOptions, type Surveyor } from "../../components/preview/move-planner.ts";
import { plan, planDocument } from "../../migration/plan/plan.ts";
import type { Finding } from "../../migration/contract/record.ts";
import type { KindPolicy } from "../../migration/contract/settings.ts";
import type { MigrationRequest } from "../../migration/contract/request.ts";
import { warning } from "../../migration/plan/finding.ts";
import type { SurveyedPlan } from "../../migration/plan/survey.ts";
import { plannedMove } from "../../migration/plan/combined-capacity.ts";
import { declare } from "../support/stack/declared.ts";
import { recordOf } from "../support/engine/record.ts";
import { server, snapshot } from "../support/engine/samples.ts";
import { tempFolder } from "../support/temp-folder.ts";

const COMMAND = "command:local:Command";
const answers = { [COMMAND]: () => ({ stdout: JSON.stringify(recordOf()), stderr: "" }) };

const surveyed = (request: MigrationRequest, pin: string | null = null): SurveyedPlan => {
  const facts = snapshot({ server: server({ id: request.server, pin: { known: true, zone: pin } }) });
  const decided = plan(request, facts);
  const move = plannedMove(decided, facts);
  return { planned: true, document: planDocument(decided, facts), onTarget: false, updatedAt: "noon", move };
};

const surveyor = (pin: string | null = null) => ({
  plan: (one: MigrationRequest) => Promise.resolve(surveyed(one, pin)),
  combinedFindings: () => Promise.resolve<Finding[]>([]),
});

const lastHost = (host: string): LastRun => ({
  kind: "known",
  environment: { LIVE_MIGRATE_SERVER: "s1", LIVE_MIGRATE_HOST: host },
});

/** Declares a migration per server to node-31, by one planner. */
async function run(
  options: MovePlannerOptions,
  {
    servers = ["s1"],
    dryRun = true,
    lastRun = lastHost("node-28"),
    ...more
  }: {
    servers?: string[];
    dryRun?: boolean;
    lastRun?: LastRun;
    onDrift?: "warn";
    timeoutSeconds?: number;
    kind?: KindPolicy;
    allowRestart?: boolean;
  } = {},
) {
  vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(dryRun);
  const said: string[] = [];
  for (const level of ["info", "warn"] as const) {
    vi.spyOn(pulumi.log, level).mockImplementation((text) => {
      said.push(text);
      return Promise.resolve();
    });
  }
  const failed: string[] = [];
  const planner = new MovePlanner({
    lastRuns: () => Promise.resolve(() => lastRun),
    fail: (error) => failed.push(error.message),
    ...options,
  });
  const { resources } = await declare(
    (opts) =>
      servers.map((id) => new LiveMigration(id, inject({ serverId: id, host: "node-31", ...more }, { planner }), opts)),
    answers,
  );
  await new Promise((resolve) => setImmediate(resolve));
  const environments = resources
    .filter(({ type }) => type === COMMAND)
    .map(({ inputs }) => inputs["environment"] as Record<string, string>);
  return { said, failed, environments, resources };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("planning in the program", () => {
  test("opens the cloud once for all servers, and says how many there are", async () => {
    const survey = vi.fn(() => Promise.resolve(surveyor()));
    const { said, failed } = await run({ survey }, { servers: ["s1", "s2", "s3"] });
    expect(survey.mock.calls).toEqual([[{}, 3]]);
    expect(said.filter((text) => text.includes("node-28 (nova) → node-31 (nova2)"))).toHaveLength(3);
    expect(failed).toEqual([]);
  });

  test("fails a preview with the reasons of all servers at once", async () => {
    const survey = () => Promise.resolve(surveyor("nova"));
    const { failed } = await run({ survey }, { servers: ["s1", "s2"] });
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatch(/2 problems in the planned moves[^]*s1\.azPin[^]*s2\.azPin/);
  });

  test("continues without a cloud, and says why nothing was checked", async () => {
    const survey = () => Promise.reject(new Error("no clouds.yaml"));
    const { said, failed } = await run({ survey });
    expect(said.join()).toMatch(/not checked: the move to node-31: .*no clouds.yaml/);
    expect(failed).toEqual([]);
  });

  test("waits for a silent cloud only so long", async () => {
    const survey = () => new Promise<never>(() => undefined);
    const { said } = await run({ survey, patienceMs: 20 });
    const reason = "the cloud did not answer within 0.02 s; preview again when it does, or let `pulumi up` check it";
    expect(said[0]).toBe(`not checked: the move to node-31: ${reason}`);
  });

  describe("with LIVE_MIGRATE_PLANS", () => {
    const survey = () => Promise.resolve(surveyor());

    test("writes a document for each migration, and says sentences only", async () => {
      const folder = join(tempFolder(), "plans");
      vi.stubEnv("LIVE_MIGRATE_PLANS", folder);
      // A name that is no file name.
      const { said } = await run({ survey }, { servers: ["s1", `../${"é".repeat(255)}`] });
      expect(said.join("\n")).not.toContain("{");
      const files = readdirSync(folder);
      expect(files).toHaveLength(2);
      for (const file of files) expect(file).toMatch(/^live-migrate-plan-[0-9a-f]{32}\.json$/);
      const plans = files.map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as PreviewPlan);
      expect(plans.find(({ server }) => server.id === "s1")).toMatchObject({
        schemaVersion: 1,
        urn: expect.stringMatching(/LiveMigration::s1$/) as string,
        action: "migrate",
        drift: false,
        messages: [said[0]],
      });
    });

    test("writes those of moves that fail the preview, too, and why a plan is missing", async () => {
      const folder = tempFolder();
      vi.stubEnv("LIVE_MIGRATE_PLANS", folder);
      await run({ survey: () => Promise.resolve(surveyor("nova")) }, { servers: ["s1"] });
      await run({ survey: () => Promise.reject(new Error("no clouds.yaml")) }, { servers: ["s2"] });
      const plans = readdirSync(folder).map(
        (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as PreviewPlan,
      );
      expect(plans.map(({ action, server }) => `${server.id} ${action}`).sort()).toEqual([
        "s1 refuse",
        "s2 not-checked",
      ]);
    });

    test("writes nothing in an up, and only warns when it cannot write", async () => {
      const folder = tempFolder();
      vi.stubEnv("LIVE_MIGRATE_PLANS", folder);
      await run({ survey }, { dryRun: false, lastRun: lastHost("node-31") });
      expect(readdirSync(folder)).toEqual([]);
      const file = join(folder, "file");
      writeFileSync(file, "");
      vi.stubEnv("LIVE_MIGRATE_PLANS", file);
      const { said, failed } = await run({ survey });
      expect(said.join("\n")).toMatch(
        /the plan could not be written to .*\. Fix: set LIVE_MIGRATE_PLANS to a directory/,
      );
      expect(failed).toEqual([]);
    });
  });

  test("plans the kind that is declared", async () => {
    const requests: MigrationRequest[] = [];
    const plan = (one: MigrationRequest) => (requests.push(one), surveyor().plan(one));
    const survey = () => Promise.resolve({ ...surveyor(), plan });
    await run({ survey }, { kind: "cold", allowRestart: true });
    await run({ survey }, { kind: "live" });
    expect(requests.map(({ cold }) => cold)).toEqual([true, undefined]);
  });

  test("marks drift in an up too, saying nothing, and asks nothing for a command that never ran", async () => {
    const survey = vi.fn(() => Promise.resolve(surveyor()));
    const drifted = await run({ survey }, { dryRun: false, lastRun: lastHost("node-31") });
    expect(drifted.environments[0]?.["LIVE_MIGRATE_DRIFT"]).toBe("node-28 since noon");
    expect(drifted.said.join()).not.toContain("drift");
    const first = await run({ survey }, { dryRun: false, lastRun: { kind: "none" } });
    expect(first.environments[0]).not.toHaveProperty("LIVE_MIGRATE_DRIFT");
    expect(survey).toHaveBeenCalledTimes(1);
  });

  test("tells the engine of a server that was created unpinned only in a run that something else brings about", async () => {
    const requests: MigrationRequest[] = [];
    const survey = () =>
      Promise.resolve({ ...surveyor(), plan: (one: MigrationRequest) => (requests.push(one), surveyor().plan(one)) });
    const unpinned = async (host: string, more: Record<string, string> = {}, dryRun = true) => {
      const environment = { LIVE_MIGRATE_SERVER: "s1", LIVE_MIGRATE_HOST: host, ...more };
      const { environments } = await run(
        { survey },
        { dryRun, lastRun: { kind: "known", environment, createdUnpinned: true }, onDrift: "warn" },
      );
      return environments[0]?.["LIVE_MIGRATE_CREATED_UNPINNED"];
    };
    expect(await unpinned("node-28")).toBe("true");
    expect(requests).toMatchObject([{ createdUnpinned: true }]);
    expect(await unpinned("node-28", {}, false)).toBe("true");
    // A stack of the version before has no change by it, and one that has it keeps it.
    expect(await unpinned("node-31")).toBeUndefined();
    expect(await unpinned("node-31", { LIVE_MIGRATE_CREATED_UNPINNED: "true" })).toBe("true");
    // Another server in its place.
    expect(await unpinned("node-28", { LIVE_MIGRATE_SERVER: "s0" })).toBeUndefined();
    const foreign = await run({ survey });
    expect(foreign.environments[0]).not.toHaveProperty("LIVE_MIGRATE_CREATED_UNPINNED");
  });

  test("says of a drifted server that another setting's change moves it back, whatever the policy", async () => {
    const survey = () => Promise.resolve(surveyor());
    const options = { lastRun: lastHost("node-31"), onDrift: "warn" as const };
    expect((await run({ survey }, options)).said.join()).toContain("nothing is moved (onDrift: warn)");
    const { said } = await run({ survey }, { ...options, timeoutSeconds: 900 });
    expect(said.join()).toContain("moves it back although onDrift is warn");
    expect(said.join()).not.toContain("nothing is moved");
  });

  test("plans no move in an up that makes it anyway: the engine does", async () => {
    const survey = vi.fn(() => Promise.resolve(surveyor()));
    const { environments } = await run({ survey }, { dryRun: false, lastRun: lastHost("node-28") });
    expect(environments[0]).toMatchObject({ LIVE_MIGRATE_HOST: "node-31" });
    expect(survey).not.toHaveBeenCalled();
  });

  test("says what stands in the way of the moves together, asking once for all, and never fails by it", async () => {
    const combinedFindings = vi.fn<Surveyor["combinedFindings"]>(() =>
      Promise.resolve([
        warning("full-together", {
          path: "host",
          value: "a, b",
          problem: "not all of them together: VCPU 2 of 1 free",
          fix: "choose another",
        }),
      ]),
    );
    const survey = () => Promise.resolve({ ...surveyor(), combinedFindings });
    const { said, failed } = await run({ survey }, { servers: ["s1", "s2"] });
    expect(combinedFindings.mock.calls.map(([moves]) => moves.map(({ server, host }) => [server.id, host]))).toEqual([
      [
        ["s1", "node-31"],
        ["s2", "node-31"],
      ],
    ]);
    expect(said.filter((text) => text.includes("not all of them together: VCPU 2 of 1 free"))).toHaveLength(1);
    expect(failed).toEqual([]);
    const broken = () =>
      Promise.resolve({ ...surveyor(), combinedFindings: () => Promise.reject(new Error("no Placement")) });
    expect((await run({ survey: broken }, { servers: ["s1", "s2"] })).failed).toEqual([]);
  });

  test("changes its command alone: a component that changed too would have the state written more often", async () => {
    const survey = () => Promise.resolve(surveyor());
    const { resources } = await run({ survey });
    expect(resources.find(({ type }) => type === LiveMigration.type)?.inputs).toEqual({});
  });
});
