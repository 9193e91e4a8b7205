import { BadInput, readRequest } from "../../contract/request-input.ts";
import type { GuestCheck } from "../../contract/settings.ts";
import type { DrainOptions } from "../../hosts/drain-options.ts";
import type { RestoreOptions } from "../../hosts/restore/restore.ts";
import type { RollOptions } from "../../hosts/roll.ts";
import type { Problem } from "../../../openstack/problems.ts";

/** What the command line gives: texts, as they are. */
export interface RawHosts {
  cloud?: string;
  region?: string;
  json?: boolean;
  plan?: boolean;
  to?: string;
  toOtherZones?: boolean;
  stopped?: string;
  notMovable?: string;
  canary?: string;
  stopAfter?: string;
  parallel?: string;
  reason?: string;
  return?: boolean;
  since?: string;
  readySeconds?: string;
  run?: string;
  batch?: string;
  restart?: boolean;
  guest?: string;
  /** Of `maintain`: end the maintenance. */
  end?: boolean;
}

/** Collects problems, so that all of them are told at once. */
class Reader {
  readonly problems: Problem[] = [];

  wrong(path: string, value: unknown, problem: string, fix: string): void {
    this.problems.push({ path, value, problem, fix });
  }

  count(path: string, text: string | undefined, fallback: number, least: number): number {
    if (text === undefined) return fallback;
    const isCount = /^\d{1,4}$/.test(text) && Number(text) >= least;
    if (!isCount)
      this.wrong(
        path,
        text,
        "not a whole number that fits",
        `a whole number from ${least} to 9999; or leave it out for ${fallback}`,
      );
    return Number(text);
  }

  choice<T extends string>(path: string, text: string | undefined, choices: readonly [T, ...T[]]): T {
    const found = choices.find((choice) => choice === (text ?? choices[0]));
    if (found === undefined)
      this.wrong(path, text, "not one of the choices", `${choices.join(" or ")}; or leave it out for ${choices[0]}`);
    return found ?? choices[0];
  }

  hosts(path: string, names: readonly string[]): string[] {
    if (names.length === 0)
      this.wrong(path, undefined, "which hosts?", "name one or more: `live-migrate hosts` lists them");
    for (const name of new Set(names.filter((one, i) => names.indexOf(one) < i))) {
      this.wrong(path, name, "this host is given twice", "give it once");
    }
    if (names.includes("")) this.wrong(path, "", "a host name is empty", "`live-migrate hosts` lists them");
    return [...names];
  }

  /** One check for all servers: each is asked at its own address. */
  guest(text: string | undefined): { guest?: GuestCheck } {
    if (text === undefined) return {};
    try {
      const { guest } = readRequest({ server: "any", host: "any", guest: text });
      if (guest?.address === undefined) return guest ? { guest } : {};
      const fix = "leave it out: each server's own address is used";
      this.wrong("--guest.address", guest.address, "several servers cannot share it", fix);
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      this.problems.push(...error.problems);
    }
    return {};
  }

  /** @throws BadInput with every problem */
  done<T>(value: T): T {
    if (this.problems.length > 0) throw new BadInput(this.problems);
    return value;
  }
}

const drainOf = (reader: Reader, names: readonly string[], raw: RawHosts): DrainOptions => ({
  hosts: reader.hosts("HOST", names),
  to:
    raw.to === undefined
      ? null
      : reader.hosts(
          "--to",
          raw.to.split(",").map((name) => name.trim()),
        ),
  toOtherZones: raw.toOtherZones === true,
  stopped: reader.choice("--stopped", raw.stopped, ["cold", "leave"]),
  notMovable: reader.choice("--not-movable", raw.notMovable, ["refuse", "leave"]),
  canary: reader.count("--canary", raw.canary, 1, 0),
  stopAfter: reader.count("--stop-after", raw.stopAfter, 1, 1),
  parallel: reader.count("--parallel", raw.parallel, 1, 1),
  reason: raw.reason ?? "",
  ...reader.guest(raw.guest),
});

/** Pure. @throws BadInput with every problem */
export function readDrain(names: readonly string[], raw: RawHosts): DrainOptions {
  const reader = new Reader();
  return reader.done(drainOf(reader, names, raw));
}

/** Pure. @throws BadInput with every problem */
export function readRestore(names: readonly string[], raw: RawHosts): RestoreOptions {
  const reader = new Reader();
  const { since } = raw;
  if (since !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(since)) {
    reader.wrong("--since", since, "not a time with its zone", "such as 2026-01-31T22:00:00Z");
  }
  if (since !== undefined && raw.return !== true) {
    reader.wrong("--since", since, "it tells which servers come home, and none is to", "add --return, or leave it out");
  }
  if (raw.guest !== undefined && raw.return !== true) {
    reader.wrong(
      "--guest",
      raw.guest,
      "no server comes home whose guest could be checked",
      "add --return, or leave it out",
    );
  }
  return reader.done({
    hosts: reader.hosts("HOST", names),
    return: raw.return === true,
    since: since ?? null,
    parallel: reader.count("--parallel", raw.parallel, 1, 1),
    stopAfter: reader.count("--stop-after", raw.stopAfter, 1, 1),
    readySeconds: reader.count("--ready-seconds", raw.readySeconds, 600, 1),
    ...reader.guest(raw.guest),
  });
}

/** Pure. @throws BadInput with every problem */
export function readRoll(names: readonly string[], raw: RawHosts): RollOptions {
  const reader = new Reader();
  const command = raw.run ?? "";
  if (command.trim() === "") {
    reader.wrong(
      "--run",
      raw.run,
      "which command?",
      `the maintenance of one host, such as --run 'ansible-playbook upgrade.yml -l "$1"'`,
    );
  }
  return reader.done({
    ...drainOf(reader, names, raw),
    command,
    batch: reader.count("--batch", raw.batch, 1, 1),
    return: raw.return === true,
    restart: raw.restart === true,
    readySeconds: reader.count("--ready-seconds", raw.readySeconds, 600, 1),
  });
}
