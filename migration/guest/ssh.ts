import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GuestCheck } from "../contract/settings.ts";
import type { Clock } from "../clock.ts";
import type { GuestAnswer, NoAnswer } from "./guest-checks.ts";
import { factsScript, parseFacts } from "./facts.ts";

/** Asks a guest over ssh, with a key and never with a password. */
export class Guest {
  readonly address: string;
  readonly #check: GuestCheck;
  readonly #clock: Clock;
  #folder: string | undefined;

  constructor(check: GuestCheck, address: string, clock: Clock) {
    this.#check = check;
    this.address = address;
    this.#clock = clock;
  }

  get #login(): string {
    return `${this.#check.user}@${this.address}`;
  }

  /** Facts of the guest now; tries again until it answers, `waitSeconds` have passed, or `interrupted` is aborted. */
  async ask(waitSeconds: number, interrupted?: AbortSignal): Promise<GuestAnswer> {
    const until = this.#clock.now() + waitSeconds * 1000;
    for (;;) {
      const answer = await this.#once();
      if (answer.ok || this.#clock.now() >= until || interrupted?.aborted) return answer;
      await this.#clock.sleep(1000, interrupted);
    }
  }

  async #once(): Promise<GuestAnswer> {
    const { mountPoints, files } = this.#check;
    const answer = await this.run(factsScript(mountPoints, files));
    if (!answer.ok) return answer;
    const facts = parseFacts(answer.stdout);
    if (facts !== null) return { ok: true, facts };
    return {
      ok: false,
      reason: `ssh ${this.#login}: the guest's answer is not whole: ${JSON.stringify(answer.stdout.slice(0, 200))}`,
      fix: "try `sh`, `cat /proc/uptime` and `lsblk` as that user: its shell may be restricted, or the guest too busy",
    };
  }

  /** Runs a shell script in the guest, once. */
  async run(script: string): Promise<{ ok: true; stdout: string } | NoAnswer> {
    const args = await this.#ssh();
    // Loaded only when a guest is looked at: most of the start-up would be spent on it.
    const { execa } = await import("execa");
    const result = await execa("ssh", args, { input: script, timeout: 60_000, reject: false });
    return result.failed ? this.#noAnswer(result) : { ok: true, stdout: result.stdout };
  }

  /**
   * Runs a shell script in the guest until it ends, the connection does, or `stop` is aborted.
   *
   * @param heard called whenever it prints something
   * @returns why nothing more is heard
   */
  async listen(script: string, stop: AbortSignal, heard: () => void): Promise<NoAnswer> {
    const args = await this.#ssh();
    const { execa } = await import("execa");
    const child = execa("ssh", args, { input: script, cancelSignal: stop, reject: false, buffer: { stdout: false } });
    child.stdout.on("data", heard);
    return this.#noAnswer(await child);
  }

  /** Arguments of ssh: a shell in the guest. */
  async #ssh(): Promise<string[]> {
    const { port, identityFile } = this.#check;
    const options = [
      "BatchMode=yes",
      "ConnectTimeout=5",
      "ServerAliveInterval=5",
      "LogLevel=ERROR",
      // A guest's key is new to this machine: the first answer of a run counts, and the rest of the run must match it.
      "StrictHostKeyChecking=accept-new",
      `UserKnownHostsFile=${sshPath(this.#check.knownHostsFile ?? (await this.#ownKnownHosts()))}`,
      ...(identityFile === undefined ? [] : ["IdentitiesOnly=yes"]),
    ];
    const identity = identityFile === undefined ? [] : ["-i", identityFile];
    return [...options.flatMap((option) => ["-o", option]), ...identity, "-p", String(port), "--", this.#login, "sh"];
  }

  #noAnswer(result: { code?: string | undefined; stderr: string; shortMessage?: string | undefined }): NoAnswer {
    if (result.code === "ENOENT") {
      return {
        ok: false,
        reason: `ssh ${this.#login}: there is no \`ssh\` command on this machine`,
        fix: "install OpenSSH's client",
      };
    }
    return {
      ok: false,
      reason: `ssh ${this.#login}: ${result.stderr.trim() || (result.shortMessage ?? "it ended")}`,
      fix: "check user, address and key of `guest`, and that the guest has booted",
    };
  }

  async #ownKnownHosts(): Promise<string> {
    this.#folder ??= await mkdtemp(join(tmpdir(), "live-migrate-"));
    return join(this.#folder, "known_hosts");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A path as ssh's own configuration has it: it may hold several of them, and tokens that begin with a percent sign. */
const sshPath = (path: string) => `"${path.replace(/["\\]/g, "\\$&").replaceAll("%", "%%")}"`;

/** The address to reach a guest at: as given, else its first floating, else its first fixed one; IPv4 first. */
export function guestAddress(
  check: GuestCheck,
  addresses: readonly { address: string; version: 4 | 6; floating: boolean }[],
): string | undefined {
  if (check.address !== undefined) return check.address;
  const ranked = [...addresses].sort((a, b) => Number(b.floating) - Number(a.floating) || a.version - b.version);
  return ranked[0]?.address;
}
