import { appendFile } from "node:fs/promises";
import { COMMENT_LIMIT, fit, type Block } from "./comment/fit.ts";
import { NoDiscussion, put, type Discussion } from "./hosts/host.ts";
import { githubDiscussion } from "./hosts/github.ts";
import { gitlabDiscussion } from "./hosts/gitlab.ts";
import type { Redactor } from "./secrets/redact.ts";
import { documentToStdout, toStderr } from "../text/print.ts";

/** Where a comment goes. */
export interface Destination {
  /** Write the whole text, never cut, to this file; it is added to what the file has. */
  full?: string;
  /** Write it into the review's discussion. */
  post?: boolean;
  /** Number of the pull or merge request. */
  pullRequest?: number;
  /** Address of the whole text, for a comment that was cut. */
  restUrl?: string;
}

/**
 * Prints a comment, and puts it where it is asked for.
 *
 * @param hide hides secrets, once more before publication
 */
export async function publish(
  blocks: readonly Block[],
  hide: Redactor,
  to: Destination,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const clean = blocks.map((block) => ({ ...block, lines: block.lines.map(hide) }));
  const whole = fit(clean, Infinity);
  if (to.full !== undefined) await appendFile(to.full, whole);
  if (to.post !== true) {
    documentToStdout(fit(clean, COMMENT_LIMIT, to.restUrl));
    return;
  }
  const discussion = await discussionOf(env, to.pullRequest);
  if (discussion === null) {
    toStderr("no pull request belongs to this commit: there is nowhere to comment");
    documentToStdout(whole);
    return;
  }
  const done = await put(discussion, fit(clean, COMMENT_LIMIT, to.restUrl));
  toStderr(`comment ${done}: ${discussion.title}`);
}

/** Where this job's commit is reviewed; null: nowhere. @throws NoDiscussion outside of such a job */
export async function discussionOf(env: NodeJS.ProcessEnv, number?: number): Promise<Discussion | null> {
  if (env["GITLAB_CI"] === "true") return await gitlabDiscussion(env, number);
  if (env["GITHUB_REPOSITORY"] !== undefined) return await githubDiscussion(env, number);
  throw new NoDiscussion(
    "neither GITHUB_REPOSITORY nor GITLAB_CI is set. Fix: run this only in a job of GitHub or GitLab",
  );
}
