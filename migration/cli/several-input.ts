import type { Options } from "./options.ts";
import type { MigrationRequest } from "../contract/request.ts";
import { BadInput, readRequest, readServer } from "../contract/request-input.ts";
import type { Problem } from "../../openstack/problems.ts";

/** One wish for several servers. */
export interface SeveralRequest {
  /** Each by its id, or a name that only one server has, as it was given. */
  servers: readonly string[];
  /** How many are moved at a time. @default 1 */
  parallel: number;
  /** Begin no further server once one has not ended with 0. @default false */
  stopOnFailure: boolean;
  /** What is wished for each of them. */
  wish: Omit<MigrationRequest, "server">;
}

/** Whether a command line is about several servers: one server with an option of several is. */
export const isSeveral = ({ servers, parallel, stopOnFailure }: Options): boolean =>
  servers !== undefined || parallel !== undefined || stopOnFailure === true;

/**
 * Reads a wish for several servers. Pure.
 *
 * @throws BadInput with every problem.
 */
export function readSeveral(options: Options): SeveralRequest {
  const problems: Problem[] = [];
  const servers = options.servers ?? noted(problems, () => [readServer(options.server)]) ?? [];
  const wish = noted(problems, () => readRequest({ ...options, server: servers[0] ?? "any" }));
  problems.push(...[...twice(servers)].map(givenTwice), ...ownToOne(options, wish));
  const parallel = options.parallel ?? "1";
  if (!/^[1-9]\d{0,3}$/.test(parallel)) {
    const fix = "a whole number from 1 on; or leave it out for one after another";
    problems.push({ path: "--parallel", value: JSON.stringify(parallel), problem: "no number of servers", fix });
  }
  if (problems.length > 0 || wish === undefined) throw new BadInput(problems);
  return { servers, parallel: Number(parallel), stopOnFailure: options.stopOnFailure === true, wish };
}

/** Keeps the problems of what throws them. */
function noted<T>(problems: Problem[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

const twice = (names: readonly string[]) => new Set(names.filter((name, i) => names.indexOf(name) < i));

const givenTwice = (name: string): Problem => ({
  path: "SERVER",
  value: name,
  problem: "this server is given twice",
  fix: "give it once",
});

/** Options that can be true of one server only. */
function ownToOne({ volumeIds, jsonOnSuccess }: Options, wish: MigrationRequest | undefined): Problem[] {
  const problem = "it cannot be the same of several servers";
  const address = wish?.guest?.address;
  return [
    ...(volumeIds === undefined
      ? []
      : [
          {
            path: "--volumes",
            value: volumeIds,
            problem,
            fix: "leave it out: those found before each move must be there",
          },
        ]),
    ...(address === undefined
      ? []
      : [{ path: "--guest.address", value: address, problem, fix: "leave it out: each server's own is used" }]),
    ...(jsonOnSuccess === true
      ? [
          {
            path: "--json-on-success",
            value: "given",
            problem: "some of several servers may end with 0 and others not",
            fix: "use --json: each line has its own outcome",
          },
        ]
      : []),
  ];
}
