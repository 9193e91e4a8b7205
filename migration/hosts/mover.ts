import { siblingOf, type Cloud } from "../../openstack/cloud.ts";
import { systemClock } from "../clock.ts";
import { reportError } from "../contract/failure.ts";
import { EXIT_CODES, type MigrationRecord } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { Journal } from "../engine/journal.ts";
import { run } from "../engine/run.ts";
import type { Progress } from "../progress.ts";
import type { HostsContext, MoveEnd } from "./hosts-context.ts";
import type { OpenStackHosts } from "./openstack-hosts.ts";
import { Pace } from "./pace.ts";
import { PacedCloud } from "./paced-cloud.ts";

interface Server {
  id: string;
  name: string;
}

/** How the moves of a maintenance are run and shown. */
export interface MoverOptions {
  journal: Journal;
  /** Aborted: stop watching the moves under way. */
  interrupted: AbortSignal;
  /** Where the progress of one move goes. */
  progressOf: (server: Server) => Progress;
  /** Runs one move with its progress. @default as it is */
  follow?: (
    server: Server,
    request: MigrationRequest,
    progress: Progress,
    move: (progress: Progress) => Promise<MigrationRecord>,
  ) => Promise<MigrationRecord>;
  /** Gets one line about the end of each move. */
  say: (text: string) => void;
}

const ignore = () => undefined;

/** Each move is a run as `live-migrate run` does it, by the same token and connections. */
export function moverOf(
  openstack: Cloud,
  hosts: OpenStackHosts,
  {
    journal,
    interrupted,
    progressOf,
    say,
    follow = (_server, _request, progress, move) => move(progress),
  }: MoverOptions,
): HostsContext["move"] {
  const pace = new Pace(systemClock);
  return async (request, { id, name }): Promise<MoveEnd> => {
    const cloud = new PacedCloud(siblingOf(openstack), pace);
    const context = { cloud, clock: systemClock, journal, previous: null, interrupted };
    try {
      const record = await follow({ id, name }, request, progressOf({ id, name }), (progress) =>
        run(request, { ...context, progress, abortAsked: () => Promise.resolve(false) }),
      );
      say(record.summary);
      return { result: record.outcome, exitCode: EXIT_CODES[record.outcome], message: record.summary, record };
    } catch (error) {
      const { code, document } = reportError(error, false, ignore, ignore, id);
      const { kind, message } = document.error;
      // There is no such server any more: nothing is left to move.
      const isGone = kind === "bad-input" && (await hosts.server(id)) === "gone";
      say(isGone ? `${name}: deleted meanwhile` : `${name}: ${message}`);
      return isGone
        ? { result: "deleted", exitCode: 0, message: `${name} was deleted meanwhile`, record: null }
        : { result: kind, exitCode: code, message, record: null };
    } finally {
      hosts.count(cloud.requestCount());
    }
  };
}
