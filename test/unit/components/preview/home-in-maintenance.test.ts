import { describe, expect, it } from "vitest";
import { maintenanceOf } from "../../../../components/preview/home-in-maintenance.ts";
import { assess, type AssessmentInputs } from "../../../../components/preview/preview-verdict.ts";
import type { Brought } from "../../../../components/maintained-hosts.ts";
import { plan, planDocument } from "../../../../migration/plan/plan.ts";
import { request, SERVER, server, snapshot } from "../../../support/engine/samples.ts";

const REASON = "kernel upgrade";
const maintained = new Map([["node-31", REASON]]);
const brought = (over: Partial<Brought> = {}) =>
  new Map<string, Brought>([[SERVER, { from: "node-31", to: "node-28", returns: true, ...over }]]);
const none = new Map<string, never>();

/** A server on node-28 that is declared on node-31, as `up` was asked before. */
function judged(over: Partial<AssessmentInputs> = {}, status = "ACTIVE", zone?: string) {
  const facts = snapshot({ server: server({ status }) });
  const wanted = request({ avoid: ["node-31"], ...(zone !== undefined && { host: undefined, zone }) });
  const decided = plan(wanted, facts);
  const target = zone === undefined ? { LIVE_MIGRATE_HOST: "node-31" } : { LIVE_MIGRATE_ZONE: zone };
  return assess({
    name: "vm",
    wanted: { server: SERVER, host: zone === undefined ? "node-31" : undefined, zone },
    lastRun: { kind: "known", environment: { LIVE_MIGRATE_SERVER: SERVER, ...target, LIVE_MIGRATE_DRIFT: "kept" } },
    onDrift: "restore",
    plan: { planned: true, document: planDocument(decided, facts), onTarget: false, updatedAt: "noon", move: null },
    runs: false,
    maintenance: maintenanceOf({ server: SERVER, host: "node-31", maintained, brought: brought() }),
    ...over,
  });
}

describe("a server that is declared on a host in maintenance", () => {
  it("is away, and no drift: nothing runs, whether or not the host is closed yet", () => {
    for (const runs of [false, true]) {
      expect(judged({ runs })).toEqual({
        lines: [
          {
            level: "info",
            text: "away for maintenance, on node-28 (nova): node-31 is in maintenance (kernel upgrade). It comes home when that ends",
          },
        ],
        problems: [],
        marker: "kept",
        move: null,
        plan: null,
      });
    }
  });

  it("is reported with what is wrong with itself, and not with why it cannot go home", () => {
    const { lines } = judged({}, "ERROR");
    expect(lines.map(({ level }) => level)).toEqual(["info", "warn"]);
    expect(lines[1]?.text).toContain("ERROR");
  });

  it("comes home with the `up` that ends the maintenance, and is no drift until then", () => {
    const maintenance = maintenanceOf({ server: SERVER, host: "node-31", maintained: none, brought: brought() });
    expect(judged({ maintenance }).lines[0]?.text).toContain(
      "the maintenance of node-31 ends with this `up`, and then it comes home",
    );
    const stays = brought({ returns: false });
    expect(maintenanceOf({ server: SERVER, host: "node-31", maintained: none, brought: stays })).toBeNull();
  });

  it("is away from its zone, too, where the maintenance brought it to another one", () => {
    const maintenance = maintenanceOf({ server: SERVER, host: undefined, maintained, brought: brought() });
    expect(judged({ maintenance }, "ACTIVE", "nova2")).toMatchObject({
      problems: [],
      marker: "kept",
      lines: [{ level: "info", text: expect.stringContaining("away for maintenance, on node-28") as string }],
    });
  });

  it("is refused onto it if the last run asked for another host, or there was none", () => {
    const edited = {
      kind: "known",
      environment: { LIVE_MIGRATE_SERVER: SERVER, LIVE_MIGRATE_HOST: "node-27" },
    } as const;
    for (const lastRun of [edited, { kind: "none" } as const]) {
      expect(judged({ lastRun, runs: true }).problems).toEqual([
        {
          path: "vm.host",
          value: "node-31",
          problem: "node-31 is in maintenance (kernel upgrade), and takes no server",
          fix: "choose another host; or end the maintenance first, in an `up` of its own",
        },
      ]);
    }
  });
});

it("is of no concern to servers of other hosts", () => {
  expect(maintenanceOf({ server: "x", host: "node-27", maintained, brought: brought() })).toBeNull();
  expect(maintenanceOf({ server: "x", host: undefined, maintained, brought: brought() })).toBeNull();
});
