import { connect } from "../openstack/cloud.ts";
import { CloudConfigError } from "../openstack/cloud-config.ts";
import { OpenStackError } from "../openstack/errors.ts";
import { systemClock } from "./clock.ts";
import type { Options } from "./cli.ts";
import { control } from "./control.ts";
import { reportError } from "./failure.ts";
import { watchSignals } from "./interrupt.ts";
import { Journal } from "./journal.ts";
import { describeFinding } from "./finding.ts";
import { cloudLost } from "./openstack-edge.ts";
import { plan } from "./plan.ts";
import { describePlan, planDocument } from "./plan-document.ts";
import { previousRecord } from "./previous.ts";
import type { Progress } from "./progress.ts";
import { EXIT_CODES, type MigrationRecord } from "./record.ts";
import { mayWrite, writeDocument } from "./output-file.ts";
import { mayWriteReport, reportOf, writeReport } from "./report/file.ts";
import { traced, TracedEdge } from "./report/trace.ts";
import type { MigrationRequest } from "./request.ts";
import { readRequest, readServer } from "./request-input.ts";
import type { RunContext } from "./run-context.ts";
import { run, verifyOnly } from "./run.ts";
import { describeStatus, statusOf } from "./status.ts";
import { describeChecks } from "./summary.ts";
import { barProgress, lineProgress } from "./terminal.ts";

type Print = (text: string) => void;
const toStdout: Print = (text) => process.stdout.write(`${text}\n`);
const toStderr: Print = (text) => process.stderr.write(`${text}\n`);

/** Runs one command of `live-migrate` and returns its exit code. */
export async function execute(name: string, options: Options): Promise<number> {
  try {
    return await dispatch(name, options);
  } catch (error) {
    const { code, document } = reportError(error, options.json === true, toStdout, toStderr, options.server);
    await keep(options, options.server ?? "no-server", document);
    return code;
  }
}

/** `live-migrate report RECORD`. */
export async function executeReport(path: string): Promise<number> {
  try {
    toStdout(await reportOf(path));
    return 0;
  } catch (error) {
    return reportError(error, false, toStdout, toStderr).code;
  }
}

/** Bad input is told before anything is asked of the cloud. */
async function dispatch(name: string, options: Options): Promise<number> {
  switch (name) {
    case "plan": {
      const request = readRequest(fromOptions(options));
      return await withContext(options, async ({ edge }) => await showPlan(edge, request, options));
    }
    case "run": {
      const request = readRequest(fromOptions(options));
      await mayWriteFiles(options);
      return await withContext(options, async (context) =>
        showRecord(await run(request, context), options, context.edge),
      );
    }
    case "verify": {
      const request = readRequest(fromOptions(options));
      await mayWriteFiles(options);
      return await withContext(options, async (context) =>
        showRecord(await verifyOnly(request, context), options, context.edge),
      );
    }
    case "status": {
      const server = readServer(options.server);
      return await withContext(options, async ({ edge }) => {
        const status = await statusOf(edge, server);
        toStdout(options.json ? JSON.stringify(status) : describeStatus(status).join("\n"));
        return 0;
      });
    }
    case "abort":
    case "force-complete": {
      const server = readServer(options.server);
      await mayWriteFiles(options);
      return await withContext(options, async (context) => {
        const record = await control(name, server, context);
        await showRecord(record, options, context.edge);
        // An abort that left the server intact on its source did what was asked.
        return name === "abort" && record.outcome === "failed" ? 0 : EXIT_CODES[record.outcome];
      });
    }
    default:
      throw new Error(`no command ${name}`);
  }
}

/** Commander's names to the request's. */
function fromOptions({ osCloud, osRegionName, ...rest }: Options) {
  return {
    ...rest,
    ...(osCloud === undefined ? {} : { cloud: osCloud }),
    ...(osRegionName === undefined ? {} : { region: osRegionName }),
  };
}

/** Connects, and sees to it that the terminal, the signals and the connections are left in order. */
async function withContext(options: Options, body: (context: RunContext & { edge: TracedEdge }) => Promise<number>) {
  const { cloud, region } = fromOptions(options);
  const connection = await connect({ ...(cloud && { cloud }), ...(region && { region }) }).catch((error: unknown) => {
    throw error instanceof OpenStackError && !(error instanceof CloudConfigError) ? cloudLost(error) : error;
  });
  const { progress, stop }: { progress: Progress; stop: () => void } =
    process.stderr.isTTY && !process.env["CI"]
      ? await barProgress(toStderr)
      : { progress: lineProgress(toStderr), stop: () => undefined };
  const edge = new TracedEdge(connection);
  // As a step: it takes the bar away first.
  const signals = watchSignals((text) => {
    progress({ kind: "step", text });
  });
  try {
    return await body({
      edge,
      clock: systemClock,
      journal: new Journal(),
      progress: traced(progress, systemClock, edge.trace),
      previous: previousRecord(process.env["PULUMI_COMMAND_STDOUT"]),
      interrupted: signals.interrupted,
      abortAsked: signals.abortAsked,
    });
  } finally {
    stop();
    signals.dispose();
    await connection.session.close();
  }
}

async function mayWriteFiles({ report, record }: Options): Promise<void> {
  await mayWriteReport(report);
  await mayWrite("--record", record);
}

/** Writes the document of `--record`; the server is where it is, with or without it. */
async function keep({ record }: Options, server: string, document: object): Promise<void> {
  if (record === undefined) return;
  try {
    await writeDocument(record, server, document);
  } catch (error) {
    toStderr(`warning: the record could not be written: ${(error as Error).message}`);
  }
}

async function showPlan(edge: TracedEdge, request: MigrationRequest, options: Options): Promise<number> {
  const snapshot = await edge.snapshot(await edge.resolveServer(request.server, "snapshot"), {
    purpose: "plan",
    host: request.host ?? null,
  });
  const document = planDocument(plan(request, snapshot), snapshot);
  if (options.json) toStdout(JSON.stringify(document));
  else [describePlan(document), ...document.findings.map(describeFinding)].forEach(toStdout);
  return document.action === "refuse" ? EXIT_CODES.refused : 0;
}

async function showRecord(record: MigrationRecord, options: Options, { trace }: TracedEdge): Promise<number> {
  const { json, jsonOnSuccess, report } = options;
  await keep(options, record.server.id, record);
  if (json ?? (jsonOnSuccess && EXIT_CODES[record.outcome] === 0)) {
    toStdout(JSON.stringify(record));
    toStderr(record.summary);
  } else if (jsonOnSuccess) {
    // Pulumi puts both streams into its error: there, people read what happened, and nothing that went well.
    const wrong = record.checks.filter(({ outcome }) => outcome !== "passed");
    [record.summary, ...describeChecks({ checks: wrong })].forEach(toStderr);
  } else {
    [record.summary, ...describeChecks(record)].forEach((line) => {
      toStdout(line);
    });
  }
  if (report !== undefined) {
    try {
      toStderr(`report: ${await writeReport(report, record, trace)}`);
    } catch (error) {
      // The server is where it is, with or without a page about it: the outcome stands.
      toStderr(`warning: the report could not be written: ${(error as Error).message}`);
    }
  }
  return EXIT_CODES[record.outcome];
}
