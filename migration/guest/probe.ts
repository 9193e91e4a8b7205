import { setTimeout as sleep } from "node:timers/promises";
import type { Reason } from "../verify/check.ts";
import type { Guest } from "./ssh.ts";

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

/** How often the guest is to answer, in milliseconds. */
const PING_INTERVAL = 50;
const TCP_INTERVAL = 100;
/** A connection that ended, as with a guest that is restarted, is made anew so much later. Milliseconds. */
const RECONNECT_AFTER = 2_000;

/** Starts probing a guest. One that is probed by `tcp` must have let us in before. */
export async function startProbe(kind: "ping" | "tcp", guest: Guest): Promise<Probe> {
  return kind === "ping" ? await ping(guest.address) : tcp(guest);
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

/** In the guest: a line each {@link TCP_INTERVAL}, until the connection ends. */
const TICKS = `while echo; do sleep ${TCP_INTERVAL / 1000} || exit 1; done`;

/**
 * Lines of the guest over one connection of ssh, which lives on through a live migration. A connection for each answer
 * would have sshd turn us away, this run's own look into the guest among the rest: who often connects and does not log in is
 * refused for minutes (OpenSSH from 9.8 on: `PerSourcePenalties`, sshd_config(5)).
 */
function tcp(guest: Guest): Probe {
  const answeredAt: number[] = [];
  const stopping = new AbortController();
  let last: Reason = { reason: `the guest at ${guest.address} sent nothing` };
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      last = await guest.listen(TICKS, stopping.signal, () => {
        // Not Date.now(): that jumps when the clock is set.
        answeredAt.push(performance.timeOrigin + performance.now());
      });
      await sleep(RECONNECT_AFTER, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    kind: "tcp",
    intervalMilliseconds: TCP_INTERVAL,
    async stop() {
      const until = performance.timeOrigin + performance.now();
      stopping.abort();
      await loop;
      return verdict(answeredAt, until, last);
    },
  };
}
