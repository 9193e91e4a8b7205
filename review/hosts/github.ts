import { z } from "zod";
import { needed, type Discussion } from "./host.ts";
import { call, pages } from "./rest.ts";
import { segment } from "../../text/url.ts";

const CommentSchema = z.object({
  id: z.number(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullish(),
});
const PullSchema = z.object({ number: z.number(), merged_at: z.string().nullish() });

/** What GitHub calls the account behind a workflow's own token. */
const ACTIONS_BOT = "github-actions[bot]";

/**
 * The discussion of a pull request, by the variables that GitHub sets in each workflow, and `GITHUB_TOKEN`, which the
 * workflow has to hand over. Needs the permission `pull-requests: write`.
 *
 * @param number of the pull request; without it, the one that the commit `GITHUB_SHA` was merged with
 * @returns null if no pull request belongs to the commit
 */
export async function githubDiscussion(env: NodeJS.ProcessEnv, number?: number): Promise<Discussion | null> {
  const api = env["GITHUB_API_URL"] ?? "https://api.github.com";
  const repository = needed(
    env,
    "GITHUB_REPOSITORY",
    "set it to the repository of the pull request, such as acme/cloud",
  );
  const token = needed(env, "GITHUB_TOKEN", "give the workflow's own token to this step: `env: { GITHUB_TOKEN: … }`");
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
  };
  const root = `${api}/repos/${repository.split("/").map(segment).join("/")}`;
  const pull =
    number ?? (await mergedWith(root, headers, needed(env, "GITHUB_SHA", "set it to the commit that was applied")));
  if (pull === undefined) return null;
  return {
    title: `pull request ${pull} of ${repository}`,
    author: env["REVIEW_AUTHOR"] ?? (env["GITHUB_ACTIONS"] === "true" ? ACTIONS_BOT : null),
    comments: async () =>
      z
        .array(CommentSchema)
        .parse(await pages(`${root}/issues/${pull}/comments?per_page=100`, headers))
        .map(({ id, body, user }) => ({ id: String(id), body: body ?? "", author: user?.login ?? "" })),
    create: async (body) => {
      await call("POST", `${root}/issues/${pull}/comments`, headers, { body });
    },
    update: async (id, body) => {
      await call("PATCH", `${root}/issues/comments/${segment(id)}`, headers, { body });
    },
  };
}

async function mergedWith(root: string, headers: Record<string, string>, commit: string): Promise<number | undefined> {
  const pulls = z
    .array(PullSchema)
    .parse(await pages(`${root}/commits/${segment(commit)}/pulls?per_page=100`, headers));
  return (pulls.find(({ merged_at }) => merged_at != null) ?? pulls[0])?.number;
}
