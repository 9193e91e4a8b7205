/**
 * Moves a server without Pulumi: `node move.ts SERVER HOST`. The cloud is that of OS_CLOUD or the other OS_* variables.
 * The exit code is that of the command `live-migrate`.
 */
import { connect, EXIT_CODES, plan, run } from "../../migration/index.ts";

const [server, host] = process.argv.slice(2);
if (server === undefined || host === undefined) throw new Error("usage: node move.ts SERVER HOST");

await using cloud = await connect();
const request = { server, host };

const { action, findings } = await plan(cloud, request); // only reads
for (const { severity, problem, fix } of findings) console.log(`${severity}: ${problem}. Fix: ${fix}`);

if (action === "refuse") {
  process.exitCode = EXIT_CODES.refused;
} else {
  // The server is moved, or already there, or on its way: the record says what became of it.
  const record = await run(cloud, request, { onProgress: console.log });
  console.log(record.summary);
  process.exitCode = EXIT_CODES[record.outcome];
}
