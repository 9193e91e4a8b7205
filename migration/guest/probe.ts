import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reason } from "../verify/check.ts";

/** Probing of a guest through its move. */
export interface Probe {
  /** Ends it. Resolves to the longest gap between two answers, or why there is none. */
  stop(): Promise<{ ok: true; gap: Gap } | ({ ok: false } & Reason)>;
  kind: "ping" | "tcp";
  intervalMilliseconds: number;
}

/** A time without an answer, in milliseconds. */
export interface Gap {
  milliseconds: number;
  /** Milliseconds since the epoch: the last answer before it. */
  beganAt: number;
}

/** Answers may come so much later than the last request and still count. */
const PING_INTERVAL = 50;
const TCP_INTERVAL = 100;

/** Starts probing `address`; `port` is for `tcp`. */
export async function startProbe(kind: "ping" | "tcp", address: string, port: number): Promise<Probe> {
  return kind === "ping" ? await ping(address) : tcp(address, port);
}

/**
 * The longest time without an answer. Pure. Null if fewer than two came.
 *
 * @param until When listening ended: one who fell silent for good has a gap, too, at least as long as was listened.
 */
export function longestGap(answeredAt: readonly number[], until?: number): Gap | null {
  if (answeredAt.length < 2) return null;
  const times = until === undefined ? answeredAt : [...answeredAt, until];
  let longest: Gap | null = null;
  for (let i = 1; i < times.length; i++) {
    const beganAt = times[i - 1] ?? 0;
    const milliseconds = (times[i] ?? 0) - beganAt;
    if (longest === null || milliseconds > longest.milliseconds) longest = { milliseconds, beganAt };
  }
  return longest;
}

/** Milliseconds at which the answers came, from the output of `ping -D`. Pure. */
export function parsePing(output: string): number[] {
  return [...output.matchAll(/^\[([0-9.]+)\] \d+ bytes from/gm)].map(([, seconds]) => Number(seconds) * 1000);
}

function verdict(answeredAt: readonly number[], until: number, silent: Reason): Awaited<ReturnType<Probe["stop"]>> {
  const gap = longestGap(answeredAt, until);
  return gap === null ? { ok: false, ...silent } : { ok: true, gap };
}

async function ping(address: string): Promise<Probe> {
  const { execa } = await import("execa");
  const process = execa("ping", ["-n", "-D", "-i", String(PING_INTERVAL / 1000), "--", address], {
    reject: false,
    stdin: "ignore",
    all: true,
  });
  return {
    kind: "ping",
    intervalMilliseconds: PING_INTERVAL,
    async stop() {
      // By the clock of `ping -D`.
      const until = Date.now();
      process.kill("SIGINT");
      const { stdout, all, failed, code } = await process;
      if (failed && code === "ENOENT") {
        return {
          ok: false,
          reason: "there is no `ping` command on this machine",
          fix: "install it (iputils), or set the probe of `guest` to tcp",
        };
      }
      const lastLine = all.trim().split("\n").at(-1) ?? "";
      return verdict(parsePing(stdout), until, {
        reason: `the guest at ${address} did not answer to ping: ${lastLine}`,
        fix: "let its security group and firewall pass ICMP, or set the probe of `guest` to tcp",
      });
    },
  };
}

function tcp(address: string, port: number): Probe {
  const answeredAt: number[] = [];
  const stopping = new AbortController();
  const attempt = () =>
    new Promise<void>((resolve) => {
      const socket = connect({ host: address, port, timeout: 1000 });
      const end = () => {
        socket.destroy();
        resolve();
      };
      socket.once("connect", () => {
        // Not Date.now(): that jumps when the clock is set.
        answeredAt.push(performance.timeOrigin + performance.now());
        end();
      });
      socket.once("error", end);
      socket.once("timeout", end);
    });
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await attempt();
      await sleep(TCP_INTERVAL, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    kind: "tcp",
    intervalMilliseconds: TCP_INTERVAL,
    async stop() {
      const until = performance.timeOrigin + performance.now();
      stopping.abort();
      await loop;
      return verdict(answeredAt, until, {
        reason: `the guest does not accept connections on port ${port} of ${address}`,
        fix: "give `guest` a port that is served, and let its security group and firewall pass it",
      });
    },
  };
}
