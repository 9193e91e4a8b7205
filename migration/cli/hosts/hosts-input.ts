import { readFileSync } from "node:fs";
import { DrainPlanSchema, type DrainPlanDocument } from "../../contract/drain.ts";
import { BadInput, readRequest } from "../../contract/request-input.ts";
import type { GuestCheck } from "../../contract/settings.ts";
import { NOT_MOVABLE_POLICIES, type NotMovable } from "../../contract/maintenance-request.ts";
import { PER_TARGET, type DrainOptions } from "../../hosts/drain-options.ts";
import type { RestoreOptions } from "../../hosts/restore/restore.ts";
import type { RollOptions } from "../../hosts/roll.ts";
import type { Problem } from "../../../openstack/problems.ts";

const UNREVIEWED = ["move", "leave", "refuse"] as const;

/** What the command line gives: texts, as they are. */
export interface RawHosts {
  cloud?: string;
  region?: string;
  json?: boolean;
  plan?: boolean;
  to?: string;
  toOtherZones?: boolean;
  zone?: string;
  toZone?: string;
  notMovableServer?: string[];
  perTarget?: string;
  fillTo?: string;
  reviewed?: string;
  unreviewed?: string;
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
  report?: string;
  events?: string;
  notify?: readonly string[];
  metrics?: string;
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

  percent(path: string, text: string): number {
    const value = Number(text.replace(/ *%$/, ""));
    if (!(value >= 1 && value <= 100)) this.wrong(path, text, "not a percentage", "a number from 1 to 100");
    return value;
  }

  /** @example perServer("--x", ["ID=stop"]) // { ID: "stop" } */
  perServer(path: string, entries: readonly string[]): Record<string, NotMovable> {
    const found: Record<string, NotMovable> = {};
    for (const entry of entries) {
      const [, id = "", policy = ""] = /^([0-9a-fA-F-]{32,36})=(.*)$/.exec(entry) ?? [];
      const choice = NOT_MOVABLE_POLICIES.find((one) => one === policy);
      if (choice === undefined)
        this.wrong(path, entry, "not of the form ID=POLICY", `the server's id, and ${NOT_MOVABLE_POLICIES.join(", ")}`);
      else if (id in found) this.wrong(path, entry, "this server is given twice", "give it once");
      else found[id] = choice;
    }
    return found;
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

/** @param names null: all of a zone */
const drainOf = (reader: Reader, names: readonly string[] | null, raw: RawHosts): DrainOptions => ({
  hosts: names === null ? [] : reader.hosts("HOST", names),
  to:
    raw.to === undefined
      ? null
      : reader.hosts(
          "--to",
          raw.to.split(",").map((name) => name.trim()),
        ),
  toOtherZones: raw.toOtherZones === true,
  ...(raw.toZone !== undefined && { toZone: raw.toZone }),
  stopped: reader.choice("--stopped", raw.stopped, ["cold", "leave"]),
  notMovable: reader.choice("--not-movable", raw.notMovable, NOT_MOVABLE_POLICIES),
  ...(raw.notMovableServer && { notMovableServers: reader.perServer("--not-movable-server", raw.notMovableServer) }),
  canary: reader.count("--canary", raw.canary, 1, 0),
  stopAfter: reader.count("--stop-after", raw.stopAfter, 1, 1),
  parallel: reader.count("--parallel", raw.parallel, 1, 1),
  ...(raw.perTarget !== undefined && { perTarget: reader.count("--per-target", raw.perTarget, PER_TARGET, 1) }),
  ...(raw.fillTo !== undefined && { fillTo: reader.percent("--fill-to", raw.fillTo) }),
  reason: raw.reason ?? "",
  ...reader.guest(raw.guest),
});

/** Pure. @throws BadInput with every problem */
export function readDrain(names: readonly string[], raw: RawHosts): DrainOptions {
  const reader = new Reader();
  const { zone, toZone, to, reviewed, unreviewed } = raw;
  if (zone !== undefined && names.length > 0)
    reader.wrong("--zone", zone, "it names all hosts of a zone, and hosts are named too", "give one of both");
  if (zone !== undefined && toZone === undefined && to === undefined)
    reader.wrong("--zone", zone, "where do its servers go?", "add --to-zone ZONE, or --to HOSTS");
  if (zone !== undefined && zone === toZone)
    reader.wrong("--to-zone", toZone, "it is the zone that is emptied", "name another one");
  if (to !== undefined && toZone !== undefined)
    reader.wrong("--to-zone", toZone, "--to names the targets already", "give one of both");
  if (unreviewed !== undefined && reviewed === undefined)
    reader.wrong("--unreviewed", unreviewed, "nothing was reviewed", "add --reviewed FILE, or leave it out");
  const choice = reader.choice("--unreviewed", unreviewed, UNREVIEWED);
  const options = drainOf(reader, zone === undefined ? names : null, raw);
  const plan = reviewed === undefined ? undefined : readReviewed(reader, reviewed, options.hosts);
  return reader.done({ ...options, ...(plan && { review: { plan, unreviewed: choice } }) });
}

/** A plan that was kept. @param hosts those to drain; empty: not known yet */
function readReviewed(reader: Reader, path: string, hosts: readonly string[]): DrainPlanDocument | undefined {
  const fix = "name a file with the output of `live-migrate drain HOST --plan --json`";
  let text: unknown;
  try {
    text = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    reader.wrong("--reviewed", path, `cannot be read: ${(error as Error).message}`, fix);
    return undefined;
  }
  const { data } = DrainPlanSchema.safeParse(text);
  if (data === undefined) reader.wrong("--reviewed", path, "holds no plan of a drain", fix);
  else if (hosts.length > 0 && !sameHosts(data.hosts, hosts)) {
    reader.wrong(
      "--reviewed",
      path,
      `it is a plan for ${data.hosts.join(", ")}`,
      "review a plan for the hosts to drain",
    );
  }
  return data;
}

const sameHosts = (a: readonly string[], b: readonly string[]): boolean =>
  new Set(a).size === new Set(b).size && b.every((host) => a.includes(host));

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
    ...(raw.perTarget !== undefined && { perTarget: reader.count("--per-target", raw.perTarget, PER_TARGET, 1) }),
    ...(raw.notMovable !== undefined && {
      notMovable: reader.choice("--not-movable", raw.notMovable, ["leave", "stop"]),
    }),
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
