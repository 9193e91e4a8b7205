import { describe, expect, it } from "vitest";
import { groupFindings } from "../../../../migration/plan/server-group-rules.ts";
import { known, type GroupFacts } from "../../../../migration/cloud/snapshot.ts";
import { server, snapshot } from "../../../support/engine/samples.ts";

type Hosts = (string | null)[];
/** The server is on node-28 and is to go to node-31. */
const found = (policy: string, hosts: Hosts, over: Partial<GroupFacts> = {}, current: string | null = "node-28") => {
  const members = hosts.map((host, i) => ({ id: `m${i}`, name: `m${i}`, host }));
  const facts = snapshot({
    server: { ...server(), host: current },
    groups: known([{ id: "g", name: "web", policy, members, ...over }]),
  });
  return groupFindings(facts, "node-31");
};
const codes = (...args: Parameters<typeof found>) => found(...args).map(({ code }) => code);

const APART = "group-anti-affinity";
const TOGETHER = "group-affinity";
const SOFT = "group-soft";

describe("server groups, as Nova's filters judge them", () => {
  it.each<[policy: string, members: Hosts, most: number | undefined, code: string | undefined]>([
    ["anti-affinity", [], undefined, undefined],
    ["anti-affinity", ["node-28", "node-27", null], undefined, undefined],
    ["anti-affinity", ["node-31"], undefined, APART],
    ["anti-affinity", ["node-31"], 1, APART],
    ["anti-affinity", ["node-31"], 2, undefined],
    ["anti-affinity", ["node-31", "node-31"], 2, APART],
    ["anti-affinity", ["node-31", "node-27"], 2, undefined],
    ["affinity", ["node-31"], undefined, undefined],
    ["affinity", ["node-28", "node-31"], undefined, undefined],
    ["affinity", ["node-28"], undefined, TOGETHER],
    ["affinity", [], undefined, TOGETHER],
    ["affinity", [null], undefined, TOGETHER],
    ["soft-anti-affinity", ["node-31"], undefined, SOFT],
    ["soft-anti-affinity", ["node-28"], undefined, undefined],
    ["soft-affinity", ["node-28"], undefined, SOFT],
    ["soft-affinity", ["node-28", "node-31"], undefined, undefined],
    ["soft-affinity", [], undefined, undefined],
    ["of tomorrow", [], undefined, "groups-not-checked"],
  ])("%s, members on %j, %s a host: %s", (policy, members, most, code) => {
    const over = most === undefined ? {} : { maxServerPerHost: most };
    const findings = found(policy, members, over);
    expect(findings.map((one) => one.code)).toEqual(code === undefined ? [] : [code]);
    // A soft policy stops nothing.
    expect(findings.some(({ severity }) => severity === "blocker")).toBe(code === APART || code === TOGETHER);
  });

  it("names which members, how many are allowed, and where an affinity group's others are", () => {
    expect(found("anti-affinity", ["node-31", "node-31"], { maxServerPerHost: 2 })[0]?.problem).toBe(
      "the server group web (anti-affinity) allows 2 of its members on a host, and node-31 has m0, m1",
    );
    expect(found("affinity", ["node-28", "node-27"])[0]?.fix).toBe("choose a host where another member runs: node-27");
    expect(found("affinity", [])[0]?.fix).toContain("soft-affinity");
  });

  it("are not judged by an account that may not see where servers run", () => {
    expect(codes("affinity", [null], {}, null)).toEqual(["groups-not-checked"]);
    expect(codes("anti-affinity", [null], {}, null)).toEqual(["groups-not-checked"]);
  });
});
