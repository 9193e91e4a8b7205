import { readFileSync } from "node:fs";
import { execa } from "execa";

/** A command that was run to its end. */
export interface Timed {
  seconds: number;
  /** Most memory resident at any time, MiB, as seen every 20 ms. */
  peakMemoryMiB: number;
  stdout: string;
}

/** Runs a command and measures it. @throws with its output if it fails. */
export async function timed(file: string, args: string[], env: Record<string, string>): Promise<Timed> {
  const began = performance.now();
  const child = execa(file, args, { env, stdin: "ignore" });
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid));
  }, 20);
  try {
    const { stdout } = await child;
    return { seconds: (performance.now() - began) / 1000, peakMemoryMiB: peak, stdout };
  } finally {
    clearInterval(look);
  }
}

/** The kernel's own high-water mark of a process, MiB; 0 if it has ended. */
export function highWater(pid: number | undefined): number {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, "utf8")) ?? [];
    return Number(kib ?? 0) / 1024;
  } catch {
    return 0;
  }
}
