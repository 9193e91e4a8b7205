import type { DrainDocument, Leftover, Move } from "../../../migration/contract/drain.ts";
import { recordOf } from "../engine/record.ts";
import { uuid } from "./fleet-samples.ts";

const BEGAN = Date.parse("2026-01-01T00:00:00Z");
const iso = (seconds: number) => new Date(BEGAN + seconds * 1000).toISOString();

/** A move of ten seconds or so, one after the other from its host. */
function moveOf(n: number, from: string, to: string, start: number, name: string, over: Partial<Move> = {}): Move {
  const server = { id: uuid(n), name };
  const seconds = 8 + (n % 5);
  const place = (host: string) => ({ host, hypervisorHostname: host, availabilityZone: "nova" });
  const downtime =
    n % 3 === 0
      ? null
      : {
          milliseconds: 40 + ((n * 37) % 900),
          probe: "ping" as const,
          intervalMilliseconds: 50,
          beganAt: iso(start + seconds - 2),
        };
  const failed = (over.exitCode ?? 0) !== 0;
  const record = recordOf({
    server,
    source: place(from),
    destination: place(to),
    current: place(failed ? from : to),
    downtime,
    timings: {
      startedAt: iso(start),
      finishedAt: iso(start + seconds),
      totalSeconds: seconds,
      novaSeconds: seconds - 2,
      phases: [],
    },
  });
  return {
    server,
    from,
    to,
    result: "migrated",
    exitCode: 0,
    message: `${name} moved from ${from} to ${to}`,
    record,
    ...over,
  };
}

/**
 * The document of a drain of two hosts onto four.
 *
 * @param nameOf gives each server its name. @default vm1, vm2, …
 * @param ends whether it went wrong: the last server of the first host failed and is still there
 */
export function drainDocumentOf(
  count: number,
  { nameOf = (n: number) => `vm${n}`, wrong = false } = {},
): DrainDocument {
  const clocks: Record<string, number> = { "node-01": 4, "node-02": 4 };
  const moves = Array.from({ length: count }, (_, i) => {
    const from = i % 2 === 0 ? "node-01" : "node-02";
    const failed = wrong && i === count - 2;
    const start = clocks[from] ?? 0;
    clocks[from] = start + 9 + ((i + 1) % 5);
    const over: Partial<Move> = failed ? { result: "failed", exitCode: 4, message: "No valid host was found" } : {};
    return moveOf(i + 1, from, `node-0${3 + (i % 4)}`, start, nameOf(i + 1), over);
  });
  const leftover = (move: Move): Leftover => ({
    kind: "server",
    id: move.server.id,
    name: move.server.name,
    status: "ACTIVE",
    problem: move.message,
    fix: "run the same drain again",
    asRequested: false,
  });
  const host = (name: string) => {
    const leftovers = moves.filter(({ from, exitCode }) => from === name && exitCode !== 0).map(leftover);
    const outcome = leftovers.length > 0 ? ("failed" as const) : ("passed" as const);
    const checks = [
      { check: "host-disabled", expected: "it takes no new servers", observed: "disabled", outcome: "passed" as const },
      {
        check: "no-servers",
        expected: "no server in any state",
        observed: leftovers.length > 0 ? "1" : "none",
        outcome,
      },
    ];
    const state = leftovers.length > 0 ? ("draining" as const) : ("empty" as const);
    return {
      host: name,
      zone: "nova",
      state,
      disabledBy: "this-program" as const,
      disabledReason: "ours",
      checks,
      leftovers,
    };
  };
  const totalSeconds = Math.max(...Object.values(clocks)) + 10;
  const hosts = [host("node-01"), host("node-02")];
  const downtimes = moves.flatMap(({ record }) => record?.downtime?.milliseconds ?? []);
  return {
    schemaVersion: 1,
    summary: `${count} servers moved in ${totalSeconds} s`,
    exitCode: wrong ? 5 : 0,
    hosts,
    moves,
    stopped: null,
    stays: [],
    targets: ["node-03", "node-04", "node-05", "node-06"].map((name, i) => ({
      host: name,
      zone: "nova",
      arriving: Math.ceil(count / 4),
      resources: {
        MEMORY_MB: { capacity: 262_144, before: 20_000 * (i + 1), after: 20_000 * (i + 1) + count * 256 },
        VCPU: { capacity: 640, before: 60, after: 60 + Math.ceil(count / 4) },
      },
    })),
    findings: [],
    longestDowntimeMilliseconds: downtimes.length > 0 ? Math.max(...downtimes) : null,
    timings: { startedAt: iso(0), finishedAt: iso(totalSeconds), totalSeconds },
    requests: { total: count * 30 },
  };
}
