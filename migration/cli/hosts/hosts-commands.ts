import { spawn } from "node:child_process";
import { once } from "node:events";
import { systemClock } from "../../clock.ts";
import { reportError } from "../../contract/failure.ts";
import { Journal } from "../../engine/journal.ts";
import { hostsOfZone } from "../../hosts/close-hosts.ts";
import { drain, previewDrain } from "../../hosts/drain.ts";
import { drainPlanDocument } from "../../hosts/drain-document.ts";
import { HostJournal } from "../../hosts/restore/host-journal.ts";
import type { HostsContext } from "../../hosts/hosts-context.ts";
import { inventory } from "../../hosts/inventory.ts";
import { OpenStackHosts } from "../../hosts/openstack-hosts.ts";
import { moverOf } from "../../hosts/mover.ts";
import { restore } from "../../hosts/restore/restore.ts";
import { roll } from "../../hosts/roll.ts";
import { toStderr, toStdout } from "../../../text/print.ts";
import { toJson } from "../../../text/visible.ts";
import type { Progress } from "../../progress.ts";
import { connected } from "../connection.ts";
import { EventLog } from "../event-log.ts";
import { readMaintain, runMaintain } from "./maintain-command.ts";
import { readDrain, readRestore, readRoll, type RawHosts } from "./hosts-input.ts";
import { showHosts, type ShownHosts } from "./hosts-display.ts";
import { keepDrain, mayWriteHostFiles } from "./hosts-output.ts";
import { watchHostsSignals, type HostsSignals } from "./hosts-signals.ts";
import { describeDrain, describeDrainPlan, describeHosts, describeRestore, describeRoll } from "./hosts-text.ts";

/** Runs one command about whole hosts and returns its exit code. */
export async function executeHosts(name: string, hosts: readonly string[], options: RawHosts): Promise<number> {
  try {
    return await dispatch(name, hosts, options);
  } catch (error) {
    return reportError(error, options.json === true, toStdout, toStderr).code;
  }
}

/** Bad input is told before anything is asked of the cloud. */
async function dispatch(name: string, hosts: readonly string[], options: RawHosts): Promise<number> {
  const show = <D extends { exitCode: number }>(document: D, describe: (document: D) => string[]) => {
    (options.json ? [toJson(document)] : describe(document)).forEach(toStdout);
    return document.exitCode;
  };
  switch (name) {
    case "hosts":
      return await withHosts(options, async (context) => {
        const document = await inventory(hosts, context);
        (options.json ? [toJson(document)] : describeHosts(document)).forEach(toStdout);
        return 0;
      });
    case "drain": {
      const wanted = readDrain(hosts, options);
      await mayWriteHostFiles(options);
      return await withHosts(options, async (context, shown) => {
        const { zone } = options;
        const drained =
          zone === undefined ? wanted : { ...wanted, hosts: hostsOfZone(await context.cloud.services(), zone) };
        if (options.plan) {
          const { plan, findings, changes } = await previewDrain(drained, context);
          return show(drainPlanDocument(plan, findings, drained, changes), describeDrainPlan);
        }
        const document = await drain(drained, context);
        shown.stop();
        await keepDrain(options, document, toStderr);
        return show(document, describeDrain);
      });
    }
    case "restore": {
      const wanted = readRestore(hosts, options);
      return await withHosts(options, async (context, shown) => {
        const document = await restore(wanted, context, new HostJournal());
        shown.stop();
        return show(document, describeRestore);
      });
    }
    case "roll": {
      const wanted = readRoll(hosts, options);
      return await withHosts(options, async (context, shown) => {
        const runCommand = async (command: string, host: string) => {
          context.progress({ kind: "step", text: `${host}: running the command` });
          return await runShell(command, host);
        };
        const document = await roll(wanted, { ...context, runCommand, journal: new HostJournal() });
        shown.stop();
        return show(document, describeRoll);
      });
    }
    case "maintain": {
      const wanted = await readMaintain(process.env);
      return await withHosts({ ...options, json: true }, async (context, shown) => {
        const code = await runMaintain(wanted, options.end === true, context);
        shown.stop();
        return code;
      });
    }
    default:
      throw new Error(`no command ${name}`);
  }
}

async function withHosts(options: RawHosts, body: (context: HostsContext, shown: ShownHosts) => Promise<number>) {
  const events = await EventLog.open(options, toStderr);
  return await events.whole(() => withCloud(options, events, body));
}

function withCloud(
  options: RawHosts,
  events: EventLog,
  body: (context: HostsContext, shown: ShownHosts) => Promise<number>,
) {
  return connected(
    {
      ...(options.cloud !== undefined && { cloud: options.cloud }),
      ...(options.region !== undefined && { region: options.region }),
    },
    "them",
    () => showHosts(Number(options.parallel ?? 1)),
    async (cloud, shown, signals: HostsSignals) => {
      const hosts = new OpenStackHosts(cloud);
      const move = moverOf(cloud, hosts, {
        journal: new Journal(),
        interrupted: signals.interrupted,
        progressOf: (server) => shown.of(shown.label(server)),
        follow: (server, ...rest) => events.follow({ asked: server.id, ...server }, ...rest),
        say: (text) => {
          shown.withoutBars(() => {
            (options.json ? toStderr : toStdout)(text);
          });
        },
      });
      const progress: Progress = (event) => {
        if ("text" in event) events.message(event.kind === "step" ? "info" : "warning", event.text);
        shown.progress(event);
      };
      const { track } = shown;
      return await body({ cloud: hosts, clock: systemClock, progress, move, track, stop: signals.stop }, shown);
    },
    watchHostsSignals,
  );
}

/** Its output goes to stderr: stdout is the document's. @returns its exit code; 128 and more: it was killed, or could not be started */
async function runShell(command: string, host: string): Promise<number> {
  const child = spawn("/bin/sh", ["-c", command, "live-migrate", host], { stdio: ["ignore", 2, 2] });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 128;
}
