import { describe, expect, it } from "vitest";
import { chooseDestination, type Arrivals } from "../../../../migration/plan/destination.ts";
import {
  known,
  unknown,
  type GroupFacts,
  type HostFacts,
  type Snapshot,
} from "../../../../migration/cloud/snapshot.ts";
import { entry, host, providerOf, request, server, snapshot } from "../../../support/engine/samples.ts";

const ZONE = "nova2";
const loaded = (name: string, load: number | null, over: Partial<HostFacts> = {}) => {
  const { hypervisor } = host(name, ZONE);
  return host(name, ZONE, { hypervisor: hypervisor && { ...hypervisor, load }, ...over });
};
const SOURCE = host("node-28", "nova");
const B = loaded("b", 0.2);
const A = loaded("a", 0.7);

/** The host chosen, or the finding's code and value. */
function choose(hosts: HostFacts[], over: Partial<Snapshot> = {}): string {
  const fitting = known(hosts.map(({ host: name }) => providerOf(name)));
  const choice = chooseDestination(
    request({ zone: ZONE }),
    snapshot({ hosts: known([SOURCE, ...hosts]), fitting, ...over }),
  );
  return choice.ok ? choice.destination.name : choice.findings.map(({ code, problem }) => `${code}: ${problem}`).join();
}

it("chooses no host in maintenance for a zone", () => {
  const chosen = (...avoid: string[]) => {
    const hosts = known([SOURCE, A, B]);
    const fitting = known([A, B].map(({ host: name }) => providerOf(name)));
    const choice = chooseDestination(request({ zone: ZONE, avoid }), snapshot({ hosts, fitting }));
    return choice.ok ? choice.destination.name : choice.findings[0]?.problem;
  };
  expect([chosen(), chosen("b")]).toEqual(["b", "a"]);
  expect(chosen("a", "b")).toBe(`no host of ${ZONE} can take the server now: a is in maintenance; b is in maintenance`);
});

describe("chooseDestination: a host", () => {
  const hosts = known([B], "services[1]: no host");

  it("is not called unknown where an entry without a host cannot be read", () => {
    const choice = chooseDestination(request({ host: "node-31" }), snapshot({ hosts }));
    expect(choice).toMatchObject({ ok: false, findings: [{ code: "target-unread", path: "host", value: "node-31" }] });
  });

  it("is known to exist if the server is on it", () => {
    const choice = chooseDestination(request({ host: "node-28" }), snapshot({ hosts }));
    expect(choice).toEqual({ ok: true, destination: { name: "node-28", host: undefined, why: null } });
  });
});

describe("chooseDestination: a zone", () => {
  it.each([
    ["the least loaded", [A, B], "b"],
    ["the first by name among equals", [loaded("y", 0.2), loaded("x", 0.2)], "x"],
    ["not one that is down", [A, { ...B, up: false }], "a"],
    ["not one that is disabled", [A, { ...B, enabled: false }], "a"],
    ["not one that is forced down", [A, { ...B, forcedDown: true }], "a"],
    [
      "not one with an older hypervisor",
      [A, loaded("b", 0, { hypervisor: { id: providerOf("b"), hostname: "b", type: "QEMU", version: 1, load: 0 } })],
      "a",
    ],
  ])("takes %s", (_, hosts, expected) => {
    expect(choose(hosts)).toBe(expected);
  });

  it("takes one that has room", () => {
    expect(choose([A, B], { fitting: known([providerOf("a")]) })).toBe("a");
  });

  it("takes one where no member of an anti-affinity group runs", () => {
    const groups = known([
      { id: "g", name: "web", policy: "anti-affinity", members: [{ id: "m", name: "m", host: "b" }] },
    ]);
    expect(choose([A, B], { groups })).toBe("a");
  });

  it("stays with the host that the server is on, whatever its load", () => {
    expect(choose([A, B], { server: server({ host: "a" }) })).toBe("a");
  });

  it("stays with the host that the server is on its way to", () => {
    const moving = server({ taskState: "migrating" });
    expect(
      choose([A, B], { server: moving, migrations: known([entry({ status: "running", destCompute: "a" })]) }),
    ).toBe("a");
  });

  it("does not follow a migration of long ago", () => {
    expect(choose([A, B], { migrations: known([entry({ destCompute: "a" })]) })).toBe("b");
  });

  it("says of each host why it will not do", () => {
    expect(
      choose([
        { ...A, up: false },
        { ...B, enabled: false },
      ]),
    ).toMatch(/^zone-has-no-host: .*a is down; b is disabled/);
  });

  it.each<[string, Partial<Snapshot>]>([
    ["an entry without a host cannot be read", { hosts: known([SOURCE], "services[1]: no host") }],
    [
      "a host's own entry cannot be read",
      { hosts: known([SOURCE, { ...A, availabilityZone: null, unread: "no zone" }]) },
    ],
  ])("does not call a zone unknown where %s", (_, over) => {
    expect(choose([], over)).toMatch(/^target-unread: .*zone nova2: .*no (host|zone)/);
  });

  it("says why this host", () => {
    const choice = chooseDestination(
      request({ zone: ZONE }),
      snapshot({ hosts: known([A, B]), fitting: unknown("x") }),
    );
    expect(choice).toMatchObject({
      ok: true,
      destination: { why: "the least loaded of nova2 that can take it (also possible: a)" },
    });
  });

  const groupOf = (policy: string, members: string[], over: Partial<GroupFacts> = {}) =>
    known([
      {
        id: "g",
        name: "web",
        policy,
        members: members.map((on, i) => ({ id: `m${i}`, name: "m", host: on })),
        ...over,
      },
    ]);

  it("takes one with a member of an anti-affinity group whose rule allows another", () => {
    expect(choose([A, B], { groups: groupOf("anti-affinity", ["b"], { maxServerPerHost: 2 }) })).toBe("b");
    expect(choose([A, B], { groups: groupOf("anti-affinity", ["b", "b"], { maxServerPerHost: 2 }) })).toBe("a");
  });

  it("takes one where a member of an affinity group runs, and no other", () => {
    expect(choose([A, B], { groups: groupOf("affinity", ["a"]) })).toBe("a");
    expect(choose([A, B], { groups: groupOf("affinity", []) })).toMatch(/^zone-has-no-host: .*no other member of/);
  });

  describe("with moves of the same run", () => {
    const sized = (name: string, load: number, memoryMiB?: number) => {
      const facts = loaded(name, load);
      return { ...facts, hypervisor: facts.hypervisor && { ...facts.hypervisor, ...(memoryMiB && { memoryMiB }) } };
    };
    const inTurn = (hosts: HostFacts[], ids: string[], over: Partial<Snapshot> = {}) => {
      const arrivals: Arrivals = new Map();
      return ids.map((id) => {
        const choice = chooseDestination(
          request({ zone: ZONE }),
          snapshot({
            hosts: known([SOURCE, ...hosts]),
            fitting: known(hosts.map(({ host: name }) => providerOf(name))),
            server: server({ id }),
            ...over,
          }),
          arrivals,
        );
        const name = choice.ok ? choice.destination.name : "none";
        arrivals.set(id, { host: name, ramMiB: 1024 });
        return name;
      });
    };

    it("spreads them over hosts that are as good", () => {
      expect(inTurn([sized("a", 0.5, 8192), sized("b", 0.5, 8192)], ["1", "2", "3", "4"])).toEqual([
        "a",
        "b",
        "a",
        "b",
      ]);
    });

    it("spreads them where no host's load is known", () => {
      expect(inTurn([loaded("a", null), loaded("b", null), loaded("c", null)], ["1", "2", "3"])).toEqual([
        "a",
        "b",
        "c",
      ]);
    });

    it("fills the one that has more room first", () => {
      expect(inTurn([sized("a", 0.5, 8192), sized("b", 0.2, 8192)], ["1", "2", "3", "4"])).toEqual([
        "b",
        "b",
        "b",
        "a",
      ]);
    });

    it("keeps members of an anti-affinity group apart", () => {
      const members = ["1", "2"].map((id) => ({ id, name: id, host: "node-28" }));
      const groups = known([{ id: "g", name: "web", policy: "anti-affinity", members }]);
      expect(inTurn([sized("a", 0.9, 8192), sized("b", 0.1, 8192)], ["1", "2"], { groups })).toEqual(["b", "a"]);
    });

    it("does not count the server's own move, asked for again", () => {
      const hosts = [sized("a", 0.5, 8192), sized("b", 0.5, 8192)];
      expect(inTurn(hosts, ["1", "1"])).toEqual(["a", "a"]);
    });
  });
});
