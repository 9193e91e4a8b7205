import { siblingOf, type Cloud } from "../../openstack/cloud.ts";
import type { Options } from "./options.ts";
import { systemClock } from "../clock.ts";
import { connected, showSeveral } from "./connection.ts";
import type { Arrivals } from "../plan/destination.ts";
import { reportError, type FailureDocument } from "../contract/failure.ts";
import type { Signals } from "./signals.ts";
import { EventLog } from "./event-log.ts";
import { Journal } from "../engine/journal.ts";
import { mustBeFolder } from "./output-file.ts";
import { keep, keepMetrics, keepPage, mayWriteFiles } from "./output.ts";
import { EXIT_CODES, type MigrationRecord } from "../contract/record.ts";
import { traced, TracedCloud } from "../report/trace.ts";
import { run } from "../engine/run.ts";
import { describeChecks } from "../verify/check.ts";
import { NOT_BEGUN_EXIT, severalDocument, type Result, type ServerResult } from "../contract/several-servers.ts";
import { readSeveral, type SeveralRequest } from "./several-input.ts";
import { labels, locate, type Located } from "./locate-servers.ts";
import type { ShownSeveral } from "./several-display.ts";
import { inTurn } from "./several-turns.ts";
import { toStderr, toStdout } from "../../text/print.ts";
import { toJson } from "../../text/visible.ts";

/** `live-migrate run SERVER SERVER…`: one session for all, each move as if it were alone. Returns the exit code. */
export async function runSeveral(options: Options): Promise<number> {
  const request = readSeveral(options);
  await mustBeFolder("--report", options.report);
  await mustBeFolder("--record", options.record);
  await mustBeFolder("--metrics", options.metrics);
  await mayWriteFiles(options);
  const events = await EventLog.open(options, toStderr);
  return await events.whole(() =>
    connected(options, "them", showSeveral, async (cloud, shown, signals) => {
      const startedAt = systemClock.now();
      const servers = await locate(cloud, request.servers);
      const all = new SeveralRuns(request, options, cloud, shown, signals, servers, events);
      await all.run();
      const finishedAt = systemClock.now();
      const document = severalDocument(all.results, { startedAt, finishedAt, requests: all.requests });
      shown.stop();
      if (options.json) toStdout(toJson(document));
      (options.json ? toStderr : toStdout)(document.summary);
      return document.exitCode;
    }),
  );
}

/** The result of one run. */
interface Finished extends Pick<ServerResult, "kind"> {
  result: Result;
  exitCode: number;
}

class SeveralRuns {
  readonly #request: SeveralRequest;
  readonly #options: Options;
  readonly #cloud: Cloud;
  readonly #shown: ShownSeveral;
  readonly #signals: Signals;
  readonly #servers: readonly Located[];
  readonly #events: EventLog;
  readonly #labels: Map<string, string>;
  readonly #journal = new Journal();
  readonly #finished = new Map<string, Finished>();
  readonly #arrivals: Arrivals = new Map();
  #requests = 0;

  constructor(
    request: SeveralRequest,
    options: Options,
    cloud: Cloud,
    shown: ShownSeveral,
    signals: Signals,
    servers: readonly Located[],
    events: EventLog,
  ) {
    this.#request = request;
    this.#options = options;
    this.#cloud = cloud;
    this.#shown = shown;
    this.#signals = signals;
    this.#servers = servers;
    this.#events = events;
    this.#labels = labels(servers);
  }

  async run(): Promise<void> {
    const { parallel, stopOnFailure } = this.#request;
    const failed = () => stopOnFailure && [...this.#finished.values()].some(({ exitCode }) => exitCode !== 0);
    const notBegun = await inTurn(this.#servers, {
      parallel,
      stop: () => this.#signals.interrupted.aborted || failed(),
      run: async (server) => {
        const finished = await this.#runOne(server);
        this.#finished.set(server.id, finished);
      },
    });
    for (const server of notBegun) this.#events.notBegun(server);
  }

  get results(): ServerResult[] {
    return this.#servers.map(({ asked, id }) => {
      const finished: Finished = this.#finished.get(id) ?? { result: "not-begun", exitCode: NOT_BEGUN_EXIT };
      return { asked, id, name: this.#label(id), ...finished };
    });
  }

  /** Requests sent for all servers so far. */
  get requests(): number {
    return this.#cloud.session.requestCount + this.#requests;
  }

  #label(id: string): string {
    return this.#labels.get(id) ?? id;
  }

  /** Keeps only the result of the run: its snapshots, samples and record can be freed. */
  async #runOne(server: Located): Promise<Finished> {
    const { id } = server;
    const print = (line: string) => {
      this.#shown.withoutBars(() => {
        toStderr(`${this.#label(id)}: ${line}`);
      });
    };
    const cloud = new TracedCloud(siblingOf(this.#cloud));
    const { interrupted, abortAsked, coldBegins } = this.#signals;
    try {
      const context = {
        cloud,
        clock: systemClock,
        journal: this.#journal,
        previous: null,
        arrivals: this.#arrivals,
        interrupted,
        abortAsked,
        coldBegins,
      };
      const request = { ...this.#request.request, server: id };
      const progress = traced(this.#shown.of(this.#label(id)), systemClock, cloud.trace);
      const record = await this.#events.follow(server, request, progress, (followed) =>
        run(request, { ...context, progress: followed }),
      );
      if (record.outcome === "refused" || record.outcome === "failed") this.#arrivals.delete(id);
      await keep(this.#options, id, record, print);
      await keepMetrics(this.#options, record, print);
      this.#show(record);
      await keepPage(this.#options, record, cloud.trace, print);
      const { outcome, kind } = record;
      return { result: outcome, exitCode: EXIT_CODES[outcome], ...(kind !== undefined && { kind }) };
    } catch (error) {
      const { code, document } = this.#fail(error, server);
      await keep(this.#options, id, document, print);
      return { result: document.error.kind, exitCode: code };
    } finally {
      this.#requests += cloud.requestCount();
    }
  }

  #show(record: MigrationRecord): void {
    const count = `[${this.#finished.size + 1}/${this.#servers.length}]`;
    this.#shown.withoutBars(() => {
      if (this.#options.json) {
        toStdout(toJson(record));
        toStderr(`${count} ${record.summary}`);
        return;
      }
      toStdout(`${count} ${record.summary}`);
      // Lists only the checks that did not pass, without the guest's if none were requested.
      const notRequested = (check: string) => this.#request.request.guest === undefined && check.startsWith("guest-");
      const wrong = record.checks.filter(({ outcome, check }) => outcome !== "passed" && !notRequested(check));
      for (const line of describeChecks({ checks: wrong })) toStdout(`  ${line}`);
    });
  }

  #fail(error: unknown, { asked, id }: Located): { code: number; document: FailureDocument } {
    const printNamed = (text: string) => {
      toStderr(`${this.#label(id)}: ${text}`);
    };
    return this.#shown.withoutBars(() => reportError(error, this.#options.json === true, toStdout, printNamed, asked));
  }
}
