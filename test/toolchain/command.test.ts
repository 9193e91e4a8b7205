import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { tinyProgram, type TinyProgram } from "../support/stack/tiny-program.ts";

/** A server's move in small: the host in the environment, create and update alike, no triggers. */
function move(host: string, line: string): string {
  return `import { local } from "@pulumi/command";
interface Move { stdout: unknown }
const move: Move = new local.Command("move", {
  create: ${JSON.stringify(line)},
  update: ${JSON.stringify(line)},
  environment: { HOST: "${host}" },
});
export const record = move.stdout;
`;
}

const RECORD = 'echo "moving to $HOST" >&2; echo "$HOST after ${PULUMI_COMMAND_STDOUT:-nothing}"';

interface Preview {
  steps: { op: string; urn: string }[];
}

/** What the CLI would do to the command: nothing, when that is to stay the same. */
async function planned(program: TinyProgram): Promise<string[]> {
  const { stdout } = await program.pulumi("preview", "--json");
  const { steps } = JSON.parse(stdout) as Preview;
  return steps.filter(({ urn }) => urn.endsWith("::move")).map(({ op }) => op);
}

describe("a command that moves something", () => {
  let program: TinyProgram;
  const record = async (): Promise<string> => (await program.pulumi("stack", "output", "record")).stdout;

  beforeAll(async () => {
    program = await tinyProgram(move("node-28", RECORD));
    const up = await program.pulumi("up", "--yes", "--skip-preview");
    expect(up.exitCode, up.all).toBe(0);
  });
  afterAll(() => program.remove());

  test("runs once when created, from TypeScript that Node strips", async () => {
    expect(await record()).toBe("node-28 after nothing");
    expect(await planned(program)).toEqual([]);
  });

  test("is updated, never replaced, by another host, and sees its last output", async () => {
    await program.write(move("node-31", RECORD));
    expect(await planned(program)).toEqual(["update"]);
    const up = await program.pulumi("up", "--yes", "--skip-preview");
    expect(up.all).toContain("moving to node-31");
    expect(await record()).toBe("node-31 after node-28 after nothing");
  });

  test("fails with its exit status and both streams, and the same change is offered again", async () => {
    await program.write(move("node-27", "echo half a record; echo the host is down >&2; exit 3"));
    const up = await program.pulumi("up", "--yes", "--skip-preview");
    expect(up.exitCode).not.toBe(0);
    expect(up.all).toContain("exit status 3");
    expect(up.all).toContain("half a record");
    expect(up.all).toContain("the host is down");
    expect(await planned(program)).toEqual(["update"]);
    expect(await record()).toContain("node-31");
  });

  test("is killed at once by an interrupt, which leaves no pending operation", async () => {
    const pidFile = path.join(program.folder, "pid");
    await program.write(move("node-27", `echo $$ > ${pidFile}; trap "" INT TERM; exec sleep 60`));
    const up = program.pulumi("up", "--yes", "--skip-preview");
    while (!existsSync(pidFile)) await sleep(100);
    const began = performance.now();
    up.kill("SIGINT");
    expect((await up).exitCode).not.toBe(0);
    expect(performance.now() - began).toBeLessThan(15_000);
    const pid = Number(await readFile(pidFile, "utf8"));
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    const exported = JSON.parse((await program.pulumi("stack", "export")).stdout) as {
      deployment: { pending_operations?: unknown[] };
    };
    expect(exported.deployment.pending_operations ?? []).toEqual([]);
  });

  test("a program that throws says what and where", async () => {
    await program.write('const host: string = "node-31";\nthrow new Error(`no such host: ${host}`);\n');
    const preview = await program.pulumi("preview");
    expect(preview.exitCode).not.toBe(0);
    expect(preview.all).toContain("no such host: node-31");
    expect(preview.all).toContain("index.ts:2");
  });
});
