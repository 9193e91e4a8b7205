/** `npm run test:chaos`: see test/fault-table.md, "Chaos". */
import { randomInt } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { TEST_STATE } from "../support/environment.ts";
import { chaos } from "./chaos.ts";
import { withFleetLab } from "./lab.ts";
import { drainChaos } from "./drains/chaos.ts";
import { drainSummaryLine } from "./drains/summary.ts";
import { summaryLine } from "./summary.ts";

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError("a whole number from 1 on");
  return number;
}

interface Given {
  rounds: number;
  seed?: number;
  from: number;
  parallel: number;
  cloudFaults: boolean;
  drains?: boolean;
  json?: string;
}

async function end(summary: { passed: number; failed: number }, line: string, file: string | undefined): Promise<void> {
  if (file !== undefined) await writeFile(file, `${JSON.stringify(summary, undefined, 2)}\n`);
  console.log(line);
  console.log(`${summary.passed} passed, ${summary.failed} failed`);
  process.exitCode = summary.failed === 0 ? 0 : 1;
}

const program = new Command("test:chaos")
  .description(
    `Random migrations with random kills and faults, on the tests' fleet lab, which is brought up (and down again) if it
is not up. After each round everything is held against what the cloud's own APIs say. Exit code 1 if a server was lost,
a volume attached twice, a success or failure told that was not true, or a migration made twice.`,
  )
  .option("--rounds <n>", "how many rounds, about 7 s each", whole, 200)
  .option("--seed <n>", "the schedule's seed; the same seed is the same schedule (default: a new one, printed)", whole)
  .option("--from <n>", "the first round's number, to repeat some rounds of a seed", whole, 1)
  .option("--parallel <n>", "rounds at a time", whole, 3)
  .option("--no-cloud-faults", "kill none of the cloud's own services: faster")
  .option("--drains", "drain hosts and bring their servers home, in place of single migrations; about a minute a round")
  .option("--json <file>", "write all counts and findings there")
  .action(async (given: Given) => {
    const seed = given.seed ?? randomInt(1, 2 ** 31);
    console.log(`chaos seed=${seed} rounds=${given.rounds}`);
    const stop = new AbortController();
    process.on("SIGINT", () => {
      if (stop.signal.aborted) return;
      console.log("Ending after this round; everything is put right then.");
      stop.abort();
    });
    await mkdir(TEST_STATE, { recursive: true });
    const say = (line: string) => {
      console.log(line);
    };
    const { drains, rounds, from } = given;
    if (drains === true) {
      const played = await withFleetLab(() => drainChaos({ seed, rounds, from, say, stop: stop.signal }));
      await end(played, drainSummaryLine(played), given.json);
      return;
    }
    const summary = await withFleetLab(() =>
      chaos({
        ...{ seed, rounds: given.rounds, from: given.from, parallel: given.parallel, cloudFaults: given.cloudFaults },
        say,
        stop: stop.signal,
      }),
    );
    await end(summary, summaryLine(summary), given.json);
  });

/** What went wrong first: of an error while everything is put right, Node would show only that it happened. */
const first = (error: unknown): unknown => (error instanceof SuppressedError ? first(error.suppressed) : error);

await program.parseAsync().catch((error: unknown) => {
  throw first(error);
});
