/**
 * `npm run up:reviewed`: the plans of maintenances that were reviewed with this commit, from the preview's comment, into a
 * folder for `LIVE_MIGRATE_REVIEWED`. Without any there is no folder.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { pullRequestOption, runCommand } from "./command.ts";
import { marker } from "./comment/marker.ts";
import { ownComment, ReviewUnreadable } from "./hosts/host.ts";
import { plansInComment } from "./preview/reviewed-plan.ts";
import { discussionOf } from "./publish.ts";
import { message } from "../migration/message.ts";
import { toStderr } from "../text/print.ts";

interface ReviewedOptions {
  stack: string;
  pullRequest?: number;
}

/** @returns the plans; or in words why there are none */
async function reviewedPlans({ stack, pullRequest }: ReviewedOptions) {
  const discussion = await discussionOf(process.env, pullRequest);
  if (discussion === null) return "no pull request belongs to this commit";
  const comment = await ownComment(discussion, marker("preview", stack));
  if (comment === undefined) return `${discussion.title} has no preview of ${stack}`;
  try {
    const plans = plansInComment(comment.body);
    return plans.length > 0 ? plans : `the preview on ${discussion.title} has no maintenance of ${stack}`;
  } catch (error) {
    const fix =
      "run the preview of that pull request again, then this; or run `pulumi up` without LIVE_MIGRATE_REVIEWED";
    throw new ReviewUnreadable(
      message(`the plan in the comment on ${discussion.title} cannot be read: ${(error as Error).message}`, fix),
    );
  }
}

await runCommand(
  new Command("up:reviewed")
    .description("Writes the reviewed plans of maintenances into a folder, for LIVE_MIGRATE_REVIEWED.")
    .argument("<folder>", "it is emptied first, and not there if nothing was reviewed")
    .requiredOption("--stack <name>", "whose preview")
    .addOption(pullRequestOption())
    .action(async (folder: string, options: ReviewedOptions) => {
      await rm(folder, { recursive: true, force: true });
      const plans = await reviewedPlans(options);
      if (typeof plans === "string") {
        toStderr(`${plans}: hosts in maintenance are not compared with a review`);
        return;
      }
      await mkdir(folder, { recursive: true });
      for (const [i, plan] of plans.entries()) {
        await writeFile(join(folder, `maintenance-${i + 1}.json`), JSON.stringify(plan));
        toStderr(`reviewed: ${Object.keys(plan.hosts).join(", ")}, ${plan.moves.length + plan.stays.length} servers`);
      }
    }),
);
