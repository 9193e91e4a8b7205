import { oneLine } from "../../../text/visible.ts";
import { toStderr } from "../../../text/print.ts";
import { DrainProgress, describeHost, describeLeft, type TrackEvent } from "../../hosts/drain-progress.ts";
import type { Progress, ProgressEvent } from "../../progress.ts";
import { describeEvent } from "../progress-display.ts";
import { RedrawnBars } from "../redrawn-bars.ts";
import { severalLines, type ShownSeveral } from "../several-display.ts";

/** The display of a maintenance: what concerns a move, and how far each host is. */
export interface ShownHosts extends ShownSeveral {
  track: (event: TrackEvent) => void;
  /** What names a server in all lines: its name, and where another one of the hosts has the same, a part of its id. */
  label: (server: { id: string; name: string }) => string;
}

/** Names of servers are the same in many projects. */
function labels(): ShownHosts["label"] {
  const owners = new Map<string, string>();
  return ({ id, name }) => {
    const owner = owners.get(name) ?? id;
    owners.set(name, owner);
    return owner === id ? name : `${name} (${id.slice(0, 8)})`;
  };
}

/** Bars on a terminal; lines in CI and logs. */
export const showHosts = async (parallel: number): Promise<ShownHosts> =>
  process.stderr.isTTY && !process.env["CI"] ? await hostBars(toStderr, parallel) : hostLines(toStderr, parallel);

/** Plain lines: after each move, how far its host is. */
export function hostLines(write: (line: string) => void, parallel: number): ShownHosts {
  const progress = new DrainProgress(parallel);
  return {
    ...severalLines(write),
    label: labels(),
    track: (event) => {
      progress.note(event);
      const host = event.kind === "ended" && progress.hosts().find((one) => one.host === event.from);
      if (host) write(describeHost(host));
    },
  };
}

const MIB = 1024 * 1024;

/** On a terminal: the same lines, and below them one bar for each host and one line for each move under way. */
export async function hostBars(
  write: (line: string) => void,
  parallel: number,
  stream: NodeJS.WritableStream = process.stderr,
  now: () => number = Date.now,
): Promise<ShownHosts> {
  const { default: cliProgress } = await import("cli-progress");
  const progress = new DrainProgress(parallel);
  /** By server's label: what it does now. */
  const doing = new Map<string, string>();
  const label = labels();
  let stopped = false;
  const area = new RedrawnBars(() => {
    const hosts = progress.hosts().filter(({ total }) => total > 0);
    const moves = progress.underWay();
    if (hosts.length === 0 || stopped) return null;
    const options = { barsize: 20, stream, clearOnComplete: true, hideCursor: true, fps: 5, emptyOnZero: true };
    const bars = new cliProgress.MultiBar({ ...options, format: "{host} {bar} {value}/{total} moved, {left}" });
    const width = Math.max(...hosts.map(({ host }) => host.length));
    for (const { host, done, total, secondsLeft } of hosts) {
      bars.create(total, done, {
        host: oneLine(host).padEnd(width),
        left: describeLeft(done < total ? secondsLeft : 0),
      });
    }
    const lines = moves.map((move) => {
      const words = () => ({
        name: oneLine(label(move.server)),
        to: oneLine(move.to),
        what: doing.get(label(move.server)) ?? "preflight",
        elapsed: Math.round((now() - move.since) / 1000),
      });
      return { bar: bars.create(1, 0, words(), { format: "  {name} → {to}: {what}, {elapsed} s" }), words };
    });
    const update = () => {
      for (const { bar, words } of lines) bar.update(0, words());
    };
    return { bars, update };
  });
  const of = (name: string): Progress => {
    return (event: ProgressEvent) => {
      if (event.kind === "memory") {
        const [left, total] = [event.remainingBytes, event.totalBytes].map((bytes) => Math.ceil(bytes / MIB));
        doing.set(name, `${left ?? "?"} of ${total ?? "?"} MiB of memory left`);
      } else if (event.kind === "phase") {
        doing.set(name, event.phase);
      } else {
        area.without(() => {
          write(`${name}: ${describeEvent(event)}`);
        });
      }
    };
  };
  return {
    of,
    withoutBars: (body) => area.without(body),
    progress: (event) => {
      area.without(() => {
        write(describeEvent(event));
      });
    },
    track: (event) => {
      progress.note(event);
      if (event.kind === "ended") doing.delete(label(event.server));
      area.draw();
    },
    label,
    stop: () => {
      stopped = true;
      area.clear();
    },
  };
}
