/** `npm run preview:comment`: what `pulumi preview --json` printed, as a comment for its reviewers. */
import { commentCommand, exitCode, readInput, runCommand, type CommentOptions } from "./command.ts";
import { previewComment } from "./preview/comment.ts";
import { readPreview } from "./preview/document.ts";
import { readPlanFiles } from "./preview/plans.ts";
import { publish } from "./publish.ts";
import { ownRedactor } from "./secrets/known.ts";

interface PreviewOptions extends CommentOptions {
  exitCode?: number;
  plans?: string;
}

await runCommand(
  commentCommand("preview:comment", "Turns the output of `pulumi preview --json` into a comment in Markdown.")
    .argument("[file]", "that output; - for standard input", "-")
    .option("--exit-code <code>", "of `pulumi preview`; without it the comment claims no success", exitCode)
    .option("--plans <folder>", "the folder that LIVE_MIGRATE_PLANS named; without it no move counts as checked")
    .action(async (file: string, { stack, exitCode: code, plans, ...to }: PreviewOptions) => {
      // Before it is made Markdown, which writes a password in other letters.
      const hide = await ownRedactor(process.env);
      const inputs = {
        stack,
        document: readPreview(await readInput(file), hide),
        plans: plans === undefined ? undefined : await readPlanFiles(plans, hide),
        exitCode: code,
      };
      await publish(previewComment(inputs), hide, to, process.env);
    }),
);
