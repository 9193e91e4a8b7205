/** `npm run up:comment`: what `pulumi up` did, server by server, as a comment for those who reviewed it. */
import { stripVTControlCharacters } from "node:util";
import { commentCommand, exitCode, readInput, runCommand, type CommentOptions } from "./command.ts";
import { ownRedactor } from "./secrets/known.ts";
import { publish } from "./publish.ts";
import { readResults } from "./up/records.ts";
import { upComment } from "./up/comment.ts";
import { readUpLog } from "./up/log.ts";

interface UpOptions extends CommentOptions {
  records: string;
  log?: string;
  exitCode: number;
}

await runCommand(
  commentCommand("up:comment", "Turns the records of an `up` into a comment in Markdown.")
    .requiredOption("--records <folder>", "the folder that LIVE_MIGRATE_RECORD named")
    .option("--log <file>", "what `pulumi up` printed")
    .requiredOption("--exit-code <code>", "of `pulumi up`", exitCode)
    .action(async ({ stack, records, log, exitCode: code, ...to }: UpOptions) => {
      // Before it is made Markdown: that writes a password in other letters, and splits a key into lines.
      const hide = await ownRedactor(process.env);
      const results = await readResults(records, hide);
      const said = readUpLog(log === undefined ? "" : hide(stripVTControlCharacters(await readInput(log))));
      await publish(upComment({ stack, results, log: said, exitCode: code }), hide, to, process.env);
    }),
);
