/** `npm run preview:comment`: what `pulumi preview --json` printed, as a comment for its reviewers. */
import { commentCommand, readInput, runCommand, type CommentOptions } from "./command.ts";
import { ownRedactor } from "./secrets/known-secrets.ts";
import { previewComment } from "./preview/comment.ts";
import { readPreview } from "./preview/document.ts";
import { publish } from "./publish.ts";
import { hideIn } from "./secrets/redact.ts";

await runCommand(
  commentCommand("preview:comment", "Turns the output of `pulumi preview --json` into a comment in Markdown.")
    .argument("[file]", "that output; - for standard input", "-")
    .action(async (file: string, { stack, ...to }: CommentOptions) => {
      // Before it is made Markdown, which writes a password in other letters.
      const hide = await ownRedactor(process.env);
      const text = hideIn(await readInput(file), hide);
      await publish(previewComment(stack, readPreview(text)), hide, to, process.env);
    }),
);
