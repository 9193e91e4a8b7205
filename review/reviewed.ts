/**
 * `npm run up:reviewed`: the plans of maintenances that were reviewed with this commit, from the preview's comment, into a
 * folder for `LIVE_MIGRATE_REVIEWED`. Whenever they cannot be read the folder is empty, and `up` refuses a maintenance, but
 * nothing else. There is none only where no request belongs to the commit.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { pullRequestOption, runCommand } from "./command.ts";
import { marker } from "./comment/marker.ts";
import { ownComment } from "./hosts/host.ts";
import { plansInComment } from "./preview/reviewed-plan.ts";
import { discussionOf } from "./publish.ts";
import { message } from "../migration/message.ts";
import { toStderr } from "../text/print.ts";

interface ReviewedOptions {
  stack: string;
  pullRequest?: number;
}

/** @returns the plans, or in words why there are none; null: no request belongs to the commit */
async function reviewedPlans({ stack, pullRequest }: ReviewedOptions) {
  const discussion = await discussionOf(process.env, pullRequest);
  if (discussion === null) return null;
  const comment = await ownComment(discussion, marker("preview", stack));
  if (comment === undefined) return `${discussion.title} has no preview of ${stack}`;
  const preview = `the preview of ${stack} on ${discussion.title}`;
  try {
    const plans = plansInComment(comment.body);
    if (plans === undefined) return `${preview} shows no plan of a maintenance (there is none, or it was cut)`;
    return plans.length > 0 ? plans : `${preview} has a maintenance that was not checked`;
  } catch (error) {
    const fix = "run the preview of that request again, then this";
    return message(`warning: ${preview} has plans that cannot be read: ${(error as Error).message}`, fix);
  }
}

/** The place of reviews may be away or refuse the token: that is no reason to hold back an `up` without a maintenance. */
const unanswered = (error: Error) => `warning: what was reviewed cannot be read: ${error.message}`;

await runCommand(
  new Command("up:reviewed")
    .description("Writes the reviewed plans of maintenances into a folder, for LIVE_MIGRATE_REVIEWED.")
    .argument("<folder>", "it is emptied first, and not there if no request belongs to the commit")
    .requiredOption("--stack <name>", "whose preview")
    .addOption(pullRequestOption())
    .action(async (folder: string, options: ReviewedOptions) => {
      await rm(folder, { recursive: true, force: true });
      const plans = await reviewedPlans(options).catch(unanswered);
      if (plans === null) {
        toStderr("no pull request belongs to this commit: hosts in maintenance are not compared with a review");
        return;
      }
      await mkdir(folder, { recursive: true });
      if (typeof plans === "string") {
        toStderr(plans);
        toStderr("a maintenance in this `up` counts as not reviewed; nothing else is affected");
        return;
      }
      for (const [i, plan] of plans.entries()) {
        await writeFile(join(folder, `maintenance-${i + 1}.json`), JSON.stringify(plan));
        toStderr(`reviewed: ${Object.keys(plan.hosts).join(", ")}, ${plan.moves.length + plan.stays.length} servers`);
      }
    }),
);
