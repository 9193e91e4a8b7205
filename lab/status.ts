/** How a lab is, for people, for machines and for exit codes. */
import { existsSync } from "node:fs";
import { authUrl } from "./config/common.ts";
import { isGone } from "./down.ts";
import { paths } from "./paths.ts";
import { allServices } from "./services.ts";
import { serviceStates, supervisorRuns, type ServiceState } from "./supervise.ts";
import type { Lab } from "./settings.ts";
import { isEnterable } from "./tree/enter.ts";
import { listens } from "./wait.ts";

export interface Status {
  readonly state: "up" | "down" | "broken";
  readonly profile: Lab["profile"];
  readonly release: Lab["release"];
  readonly prefix: string;
  readonly stateDir: string;
  readonly hosts: readonly string[];
  readonly authUrl: string;
  readonly cloudsFile: string;
  readonly guestKey: string;
  readonly services: readonly ServiceState[];
  /** Why it is broken, each with what to do. */
  readonly problems: readonly string[];
}

/** Exit codes of `lab status`. */
export const STATUS_CODES = { up: 0, broken: 1, down: 3 } as const;

export async function status(lab: Lab): Promise<Status> {
  const p = paths(lab);
  const common = {
    profile: lab.profile,
    release: lab.release,
    prefix: lab.prefix,
    stateDir: lab.stateDir,
    hosts: lab.hosts,
    authUrl: authUrl(lab),
    cloudsFile: p.cloudsFile,
    guestKey: p.guestKey,
  };
  if (isGone(lab)) return { ...common, state: "down", services: [], problems: [] };
  const services = allServices(lab);
  const enterable = isEnterable(lab);
  const states =
    supervisorRuns(lab) && enterable
      ? await serviceStates(
          lab,
          services.map(({ name }) => name),
        )
      : [];
  const silent = await Promise.all(
    services.map(async ({ name, port }) =>
      port !== undefined && !(await listens(lab.address, port)) ? [{ name, port }] : [],
    ),
  );
  const problems = [
    ...(supervisorRuns(lab)
      ? []
      : ["the supervisor does not run: `lab up` makes the lab whole, `lab down` removes it"]),
    ...(enterable
      ? []
      : ["nothing holds the lab's root any more: `lab up` makes the lab whole, `lab down` removes it"]),
    ...(existsSync(p.upMarker) ? [] : ["`lab up` did not come to its end (or still runs): run it again"]),
    ...states.filter(({ state }) => state !== "run").map(({ name, held }) => stopped(lab, name, held)),
    ...silent
      .flat()
      .map(({ name, port }) => `${name} does not listen on ${lab.address}:${port}; its log: ${p.log(name)}`),
  ];
  return { ...common, state: problems.length === 0 ? "up" : "broken", services: states, problems };
}

function stopped(lab: Lab, name: string, held: boolean): string {
  const log = paths(lab).log(name);
  return held ? `${name} is held down: \`lab service start ${name}\`` : `${name} does not stay up: its log is ${log}`;
}
