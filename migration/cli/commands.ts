import { systemClock } from "../clock.ts";
import type { Options } from "./options.ts";
import { connected, shownAlone } from "./connection.ts";
import { decideCold } from "../engine/cold/confirm-or-revert.ts";
import { control } from "../engine/control.ts";
import { reportError, type FailureDocument } from "../contract/failure.ts";
import { describeFinding } from "../plan/finding.ts";
import { EventLog } from "./event-log.ts";
import { Journal } from "../engine/journal.ts";
import { isFolder } from "./output-file.ts";
import { exitCodeOf, keep, keepMetrics, keepPage, mayWriteFiles, shownOf } from "./output.ts";
import { plan, planDocument, planScope } from "../plan/plan.ts";
import { describePlan } from "../contract/plan-document.ts";
import { EXIT_CODES, readRecord, type MigrationRecord } from "../contract/record.ts";
import { reportOf } from "../report/file.ts";
import { traced, TracedCloud } from "../report/trace.ts";
import type { MigrationRequest } from "../contract/request.ts";
import { readRequest, readServer } from "../contract/request-input.ts";
import type { RunContext } from "../engine/run-context.ts";
import { run, verifyOnly } from "../engine/run.ts";
import { runSeveral } from "./several-command.ts";
import { isSeveral } from "./several-input.ts";
import type { Progress } from "../progress.ts";
import { describeStatus } from "../contract/status.ts";
import { statusOf } from "../engine/status.ts";
import { documentToStdout, toStderr, toStdout } from "../../text/print.ts";
import { toJson } from "../../text/visible.ts";

/** Runs one command of `live-migrate` and returns its exit code. */
export async function execute(name: string, options: Options): Promise<number> {
  try {
    return await dispatch(name, options);
  } catch (error) {
    const { code, document } = reportError(error, options.json === true, toStdout, toStderr, options.server);
    await keepFailure(options, document);
    return code;
  }
}

/** With several servers only into a directory: a file there would block the next run. */
async function keepFailure(options: Options, document: FailureDocument): Promise<void> {
  const { server = "no-server", record } = options;
  if (record !== undefined && isSeveral(options) && !(await isFolder(record))) return;
  await keep(options, server, document);
}

/** `live-migrate report RECORD`. */
export async function executeReport(path: string): Promise<number> {
  try {
    documentToStdout(`${await reportOf(path)}\n`);
    return 0;
  } catch (error) {
    return reportError(error, false, toStdout, toStderr).code;
  }
}

/** Bad input is reported before the first request to the cloud. */
async function dispatch(name: string, options: Options): Promise<number> {
  switch (name) {
    case "plan": {
      const request = readRequest(options);
      return await withContext(options, async ({ cloud }) => await showPlan(cloud, request, options));
    }
    case "run": {
      if (isSeveral(options)) return await runSeveral(options);
      const request = readRequest(options);
      await mayWriteFiles(options);
      const events = await EventLog.open(options, toStderr);
      return await events.whole(() =>
        withContext(options, async (context) => {
          const { cloud, progress } = context;
          const server = { asked: request.server };
          const move = (followed: Progress) => run(request, { ...context, progress: followed });
          return await showRecord(await events.follow(server, request, progress, move), options, cloud);
        }),
      );
    }
    case "verify": {
      const request = readRequest(options);
      await mayWriteFiles(options);
      return await withContext(options, async (context) =>
        showRecord(await verifyOnly(request, context), options, context.cloud),
      );
    }
    case "status": {
      const server = readServer(options.server);
      return await withContext(options, async ({ cloud }) => {
        const status = await statusOf(cloud, server);
        (options.json ? [toJson(status)] : describeStatus(status)).forEach(toStdout);
        return 0;
      });
    }
    case "abort":
    case "force-complete": {
      const server = readServer(options.server);
      await mayWriteFiles(options);
      return await withContext(options, async (context) => {
        const record = await control(name, server, context);
        return await showRecord(record, options, context.cloud, exitCodeOf(name, record));
      });
    }
    case "confirm":
    case "revert": {
      // Not used: the migration has its host.
      const request = readRequest({ ...options, host: "unknown" });
      readServer(options.server);
      await mayWriteFiles(options);
      return await withContext(options, async (context) => {
        const record = await decideCold(name, request, context);
        return await showRecord(record, options, context.cloud);
      });
    }
    default:
      throw new Error(`no command ${name}`);
  }
}

/** Connects, and runs `body` with the context of a run. */
function withContext(options: Options, body: (context: RunContext & { cloud: TracedCloud }) => Promise<number>) {
  return connected(
    options,
    "it",
    shownAlone,
    async (openstack, { progress }, { interrupted, abortAsked, coldBegins }) => {
      const cloud = new TracedCloud(openstack);
      return await body({
        cloud,
        clock: systemClock,
        journal: new Journal(),
        progress: traced(progress, systemClock, cloud.trace),
        previous: previousRecord(),
        interrupted,
        abortAsked,
        coldBegins,
      });
    },
  );
}

/** The record of the last run, which Pulumi passes on an update; null: none, or not a record. */
function previousRecord(): MigrationRecord | null {
  const read = readRecord(process.env["PULUMI_COMMAND_STDOUT"] ?? "");
  return read.ok ? read.record : null;
}

async function showPlan(cloud: TracedCloud, request: MigrationRequest, options: Options): Promise<number> {
  const scope = planScope(request);
  const snapshot = await cloud.snapshot(await cloud.resolveServer(request.server, scope), scope);
  const document = planDocument(plan(request, snapshot), snapshot);
  if (options.json) toStdout(toJson(document));
  else [describePlan(document), ...document.findings.map(describeFinding)].forEach(toStdout);
  return document.action === "refuse" ? EXIT_CODES.refused : 0;
}

/** Returns the exit code. */
async function showRecord(
  record: MigrationRecord,
  options: Options,
  { trace }: TracedCloud,
  code: number = EXIT_CODES[record.outcome],
): Promise<number> {
  await keep(options, record.server.id, record);
  await keepMetrics(options, record);
  const { stdout, stderr } = shownOf(record, options, code);
  stdout.forEach(toStdout);
  stderr.forEach(toStderr);
  await keepPage(options, record, trace);
  return code;
}
