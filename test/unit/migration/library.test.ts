import { describe, expect, it } from "vitest";
import * as engine from "../../../migration/index.ts";
import { ScriptedCloud } from "../../support/engine/scripted-cloud.ts";
import { server, snapshot } from "../../support/engine/samples.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const facts = snapshot({ server: server({ name: "vm01" }) });
const { id, host } = facts.server;
const HOST = host ?? "";
const cloudWith = (more = {}) =>
  new ScriptedCloud({ resolveServer: [id], snapshot: [facts], ports: [facts.ports], ...more });

describe("the engine as a library", () => {
  it("plans a move, and sends nothing", async () => {
    const cloud = cloudWith();
    const plan = await engine.plan(cloud, { server: "vm01", host: "node-31" });
    expect(engine.PlanSchema.parse(plan)).toMatchObject({ action: "migrate", destination: { host: "node-31" } });
    expect(cloud.calls.map(({ method }) => method)).toEqual(["resolveServer", "snapshot"]);
  });

  it.each(["run", "verify"] as const)("%s: a server on its host is verified, and not moved", async (name) => {
    const cloud = cloudWith();
    const record = await engine[name](cloud, { server: "vm01", host: HOST }, { stateDirectory: tempFolder() });
    expect(engine.RecordSchema.parse(record).outcome).toBe("already-there");
    expect(engine.EXIT_CODES[record.outcome]).toBe(0);
    expect(cloud.count("start")).toBe(0);
  });

  it("tells what happens as it happens", async () => {
    const events: engine.ProgressEvent[] = [];
    const options = { onProgress: (event: engine.ProgressEvent) => events.push(event), stateDirectory: tempFolder() };
    const record = await engine.run(cloudWith(), { server: "vm01", host: "no-such-host" }, options);
    expect(record.outcome).toBe("refused");
    expect(record.findings.map(({ code }) => code)).not.toEqual([]);
    expect(events.every(({ kind }) => kind === "step" || kind === "warning")).toBe(true);
  });

  it("shows the status of a server", async () => {
    const status = await engine.status(cloudWith(), "vm01");
    expect(engine.StatusSchema.parse(status)).toMatchObject({ server: { id }, current: { host: HOST } });
  });

  it("lists every problem of a request at once, and asks the cloud nothing", async () => {
    const cloud = new ScriptedCloud({});
    const wrong = { server: "", host: "a", zone: "b", timeoutSeconds: -1, guest: { user: "root", port: 0 } };
    const error = await engine.run(cloud, wrong).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(engine.BadInput);
    const { problems } = error as engine.BadInput;
    expect(problems.map(({ path }) => path).sort()).toEqual(["guest.port", "host", "server", "timeoutSeconds"]);
    for (const { fix } of problems) expect(fix).toMatch(/\w{3}/);
    expect(cloud.calls).toEqual([]);
  });

  it("aborts nothing where nothing is in flight", async () => {
    const cloud = cloudWith({ migrations: [[]] });
    await expect(engine.abort(cloud, "vm01")).rejects.toThrow(engine.NotFound);
    expect(cloud.count("abort")).toBe(0);
  });
});
