import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Probing of a guest through its move. */
export interface Probe {
  /** Ends it. Resolves to the longest gap between two answers, or why there is none. */
  stop(): Promise<{ ok: true; gap: Gap } | { ok: false; reason: string }>;
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

/** The longest gap between neighbours. Pure. Null if fewer than two. */
export function longestGap(answeredAt: readonly number[]): Gap | null {
  let longest: Gap | null = null;
  for (let i = 1; i < answeredAt.length; i++) {
    const beganAt = answeredAt[i - 1] ?? 0;
    const milliseconds = (answeredAt[i] ?? 0) - beganAt;
    if (longest === null || milliseconds > longest.milliseconds) longest = { milliseconds, beganAt };
  }
  return longest;
}

/** Milliseconds at which the answers came, from the output of `ping -D`. Pure. */
export function parsePing(output: string): number[] {
  return [...output.matchAll(/^\[([0-9.]+)\] \d+ bytes from/gm)].map(([, seconds]) => Number(seconds) * 1000);
}

function verdict(answeredAt: readonly number[], silent: string): Awaited<ReturnType<Probe["stop"]>> {
  const gap = longestGap(answeredAt);
  return gap === null ? { ok: false, reason: silent } : { ok: true, gap };
}

async function ping(address: string): Promise<Probe> {
  const { execa } = await import("execa");
  const process = execa("ping", ["-n", "-D", "-i", String(PING_INTERVAL / 1000), address], {
    reject: false,
    stdin: "ignore",
    all: true,
  });
  return {
    kind: "ping",
    intervalMilliseconds: PING_INTERVAL,
    async stop() {
      process.kill("SIGINT");
      const { stdout, all, failed, code } = await process;
      if (failed && code === "ENOENT") return { ok: false, reason: "there is no `ping` command on this machine" };
      const lastLine = all.trim().split("\n").at(-1) ?? "";
      return verdict(parsePing(stdout), `the guest at ${address} did not answer to ping: ${lastLine}`);
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
      stopping.abort();
      await loop;
      return verdict(answeredAt, `the guest does not accept connections on port ${port} of ${address}`);
    },
  };
}
