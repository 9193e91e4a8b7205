/** `npm run preview:comment`: what `pulumi preview --json` printed, as a comment for its reviewers. */
import { commentCommand, readInput, runCommand, type CommentOptions } from "./command.ts";
import { previewComment } from "./preview-comment.ts";
import { readPreview } from "./preview-document.ts";
import { publish } from "./publish.ts";

await runCommand(
  commentCommand("preview:comment", "Turns the output of `pulumi preview --json` into a comment in Markdown.")
    .argument("[file]", "that output; - for standard input", "-")
    .action(async (file: string, { stack, ...to }: CommentOptions) => {
      await publish(previewComment(stack, readPreview(await readInput(file))), to, process.env);
    }),
);
