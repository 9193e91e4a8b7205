import { z } from "zod";
import { needed, type Discussion } from "./host.ts";
import { call, pages } from "./rest.ts";
import { segment } from "../../text/url.ts";

const NoteSchema = z.object({ id: z.number(), body: z.string(), author: z.object({ username: z.string() }).nullish() });
const RequestSchema = z.object({ iid: z.number(), state: z.string() });
const UserSchema = z.object({ username: z.string() });

/**
 * The discussion of a merge request, by the variables that GitLab sets in each job, and `REVIEW_TOKEN`: a project access
 * token with the scope `api` (a job's own token may not write comments).
 *
 * @param number of the merge request; without it, the one that the commit `CI_COMMIT_SHA` was merged with
 * @returns null if no merge request belongs to the commit
 */
export async function gitlabDiscussion(env: NodeJS.ProcessEnv, number?: number): Promise<Discussion | null> {
  const api = needed(env, "CI_API_V4_URL", "set it to GitLab's address, such as https://gitlab.com/api/v4");
  const project = needed(env, "CI_PROJECT_ID", "set it to the project of the merge request");
  const headers = {
    "private-token": needed(
      env,
      "REVIEW_TOKEN",
      "set it to a project access token with the scope `api`, as a masked variable",
    ),
  };
  const root = `${api}/projects/${segment(project)}`;
  const iid =
    number ?? (await mergedWith(root, headers, needed(env, "CI_COMMIT_SHA", "set it to the commit that was applied")));
  if (iid === undefined) return null;
  const notes = `${root}/merge_requests/${iid}/notes`;
  const { username } = UserSchema.parse((await call("GET", `${api}/user`, headers)).body);
  return {
    title: `merge request ${iid} of project ${project}`,
    author: username,
    comments: async () =>
      z
        .array(NoteSchema)
        .parse(await pages(`${notes}?per_page=100`, headers))
        .map(({ id, body, author }) => ({ id: String(id), body, author: author?.username ?? "" })),
    create: async (body) => {
      await call("POST", notes, headers, { body });
    },
    update: async (id, body) => {
      await call("PUT", `${notes}/${segment(id)}`, headers, { body });
    },
  };
}

async function mergedWith(root: string, headers: Record<string, string>, commit: string): Promise<number | undefined> {
  const url = `${root}/repository/commits/${segment(commit)}/merge_requests?per_page=100`;
  const found = z.array(RequestSchema).parse(await pages(url, headers));
  return (found.find(({ state }) => state === "merged") ?? found[0])?.iid;
}
