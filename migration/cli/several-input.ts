import type { Options } from "./options.ts";
import type { MigrationRequest } from "../contract/request.ts";
import { BadInput, readRequest, readServer } from "../contract/request-input.ts";
import type { Problem } from "../../openstack/problems.ts";

/** One request for several servers. */
export interface SeveralRequest {
  /** Each by its id, or a name that only one server has, as it was given. */
  servers: readonly string[];
  /** Maximum number of concurrent migrations. @default 1 */
  parallel: number;
  /** Start no further server after one did not exit 0. @default false */
  stopOnFailure: boolean;
  /** The request for each of them. */
  request: Omit<MigrationRequest, "server">;
}

/** Whether a command line is about several servers, or has an option that only several servers have. */
export const isSeveral = ({ servers, parallel, stopOnFailure }: Options): boolean =>
  servers !== undefined || parallel !== undefined || stopOnFailure === true;

/**
 * Reads a request for several servers. Pure.
 *
 * @throws BadInput with every problem.
 */
export function readSeveral(options: Options): SeveralRequest {
  const problems: Problem[] = [];
  const servers = options.servers ?? collected(problems, () => [readServer(options.server)]) ?? [];
  const request = collected(problems, () => readRequest({ ...options, server: servers[0] ?? "any" }));
  problems.push(...[...duplicates(servers)].map(givenTwice), ...singleServerOptions(options, request));
  const parallel = options.parallel ?? "1";
  if (!/^[1-9]\d{0,3}$/.test(parallel)) {
    const fix = "a whole number from 1 to 9999; or leave it out to move one server at a time";
    problems.push({ path: "--parallel", value: JSON.stringify(parallel), problem: "not a number of servers", fix });
  }
  if (problems.length > 0 || request === undefined) throw new BadInput(problems);
  return { servers, parallel: Number(parallel), stopOnFailure: options.stopOnFailure === true, request };
}

/** Runs `read`, and collects the problems that it throws. */
function collected<T>(problems: Problem[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

const duplicates = (names: readonly string[]) => new Set(names.filter((name, i) => names.indexOf(name) < i));

const givenTwice = (name: string): Problem => ({
  path: "SERVER",
  value: name,
  problem: "this server is given twice",
  fix: "give it once",
});

/** Problems of options that apply to a single server only. */
function singleServerOptions({ volumeIds, jsonOnSuccess }: Options, request: MigrationRequest | undefined): Problem[] {
  const problem = "several servers cannot share it";
  const address = request?.guest?.address;
  return [
    ...(volumeIds === undefined
      ? []
      : [
          {
            path: "--volumes",
            value: volumeIds,
            problem,
            fix: "leave it out: each server keeps the volumes found before its move",
          },
        ]),
    ...(address === undefined
      ? []
      : [{ path: "--guest.address", value: address, problem, fix: "leave it out: each server's own address is used" }]),
    ...(jsonOnSuccess === true
      ? [
          {
            path: "--json-on-success",
            value: "given",
            problem: "some of several servers may exit 0 and others not",
            fix: "use --json: each line has the outcome of one server",
          },
        ]
      : []),
  ];
}
