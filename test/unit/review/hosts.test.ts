import { afterEach, describe, expect, test } from "vitest";
import { githubDiscussion } from "../../../review/hosts/github.ts";
import { gitlabDiscussion } from "../../../review/hosts/gitlab.ts";
import { put } from "../../../review/hosts/host.ts";
import { marker } from "../../../review/comment/marker.ts";
import { githubComments, reviewHost, type ReviewAnswer } from "../../support/review/review-host.ts";

let host: Awaited<ReturnType<typeof reviewHost>> | undefined;
afterEach(async () => {
  await host?.close();
  host = undefined;
});

async function github(answer: ReviewAnswer, number?: number) {
  host = await reviewHost(answer);
  const env = { GITHUB_API_URL: host.url, GITHUB_REPOSITORY: "acme/cloud", GITHUB_TOKEN: "t0ken", GITHUB_SHA: "abc" };
  const discussion = await githubDiscussion({ ...env, GITHUB_ACTIONS: "true" }, number);
  if (discussion === null) throw new Error("no discussion");
  return { discussion, host };
}

const body = (text: string, stack = "prod") => `${marker("preview", stack)}\n\n${text}\n`;

describe("on GitHub", () => {
  test("a comment is made, then updated in place, one for each stack", async () => {
    const { comments, answer } = githubComments("acme/cloud", 7);
    comments.push({ id: 1, body: "looks good", user: { login: "alice" } });
    const { discussion, host } = await github(answer, 7);
    expect(await put(discussion, body("first"))).toBe("created");
    expect(await put(discussion, body("other stack", "prod-2"))).toBe("created");
    expect(await put(discussion, body("second"))).toBe("updated");
    expect(comments.map((comment) => comment.body)).toEqual([
      "looks good",
      body("second"),
      body("other stack", "prod-2"),
    ]);
    expect(host.unexpected).toEqual([]);
    for (const { headers } of host.calls) expect(headers.authorization).toBe("Bearer t0ken");
  });

  test("a comment of somebody else with the same marker is left alone", async () => {
    const { comments, answer } = githubComments("acme/cloud", 7);
    comments.push({ id: 1, body: body("forged"), user: { login: "mallory" } });
    const { discussion } = await github(answer, 7);
    expect(await put(discussion, body("true"))).toBe("created");
    expect(comments[0]?.body).toBe(body("forged"));
  });

  test("all pages are read, of this host alone", async () => {
    const mine = { id: 150, body: body("old"), user: { login: "github-actions[bot]" } };
    const { discussion, host } = await github(({ method, path }, url) => {
      if (method === "PATCH") return { body: mine };
      if (path.includes("page=3")) return { body: [mine], next: "http://evil.test/repos" };
      if (path.includes("page=2"))
        return { body: [], next: `${url}/repos/acme/cloud/issues/7/comments?per_page=100&page=3` };
      return { body: [], next: `${url}/repos/acme/cloud/issues/7/comments?per_page=100&page=2` };
    }, 7);
    expect(await put(discussion, body("new"))).toBe("updated");
    expect(host.calls.map(({ method }) => method)).toEqual(["GET", "GET", "GET", "PATCH"]);
  });

  test("the pull request of a merged commit is found; a commit without one has no discussion", async () => {
    const { discussion } = await github(githubComments("acme/cloud", 9).answer);
    expect(discussion.title).toBe("pull request 9 of acme/cloud");
    await host?.close();
    await expect(github(() => ({ body: [] }))).rejects.toThrow("no discussion");
  });

  test("an update survives a passing failure; a new comment is not sent twice", async () => {
    let failures = 1;
    const { answer, comments } = githubComments("acme/cloud", 7);
    comments.push({ id: 1, body: body("old"), user: { login: "github-actions[bot]" } });
    const { discussion, host } = await github((call, url) => {
      if (call.method !== "GET" && failures-- > 0) return { status: 502, body: {} };
      return answer(call, url);
    }, 7);
    expect(await put(discussion, body("new"))).toBe("updated");
    failures = 1;
    await expect(discussion.create("x")).rejects.toThrow(
      /POST .*: 502.*\. Fix: check that the token may write comments/s,
    );
    expect(host.calls.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  test("a refusal says what GitHub said, without the token", async () => {
    const { discussion } = await github(() => ({ status: 403, body: { message: "Resource not accessible" } }), 7);
    const error = await discussion.comments().catch((one: unknown) => String(one));
    expect(error).toMatch(/403 .*Resource not accessible/);
    expect(error).not.toContain("t0ken");
  });

  test("what CI did not set is named", async () => {
    await expect(githubDiscussion({})).rejects.toThrow("GITHUB_REPOSITORY is not set");
    await expect(githubDiscussion({ GITHUB_REPOSITORY: "a/b" })).rejects.toThrow("GITHUB_TOKEN is not set");
  });
});

test("on GitLab, a note is made, then updated in place", async () => {
  const notes: { id: number; body: string; author: { username: string } }[] = [];
  host = await reviewHost(({ method, path, body: { body: text = "" } }) => {
    if (path === "/user") return { body: { username: "project_bot" } };
    if (path.startsWith("/projects/12/repository/commits/abc/merge_requests"))
      return {
        body: [
          { iid: 3, state: "closed" },
          { iid: 4, state: "merged" },
        ],
      };
    if (method === "GET" && path.startsWith("/projects/12/merge_requests/4/notes")) return { body: notes };
    if (method === "POST" && path === "/projects/12/merge_requests/4/notes") {
      notes.push({ id: 1, body: text, author: { username: "project_bot" } });
      return { status: 201, body: notes[0] };
    }
    if (method === "PUT" && path === "/projects/12/merge_requests/4/notes/1" && notes[0]) {
      notes[0].body = text;
      return { body: notes[0] };
    }
    return undefined;
  });
  const env = { CI_API_V4_URL: host.url, CI_PROJECT_ID: "12", CI_COMMIT_SHA: "abc", REVIEW_TOKEN: "t0ken" };
  const discussion = await gitlabDiscussion(env);
  if (discussion === null) throw new Error("no discussion");
  expect(await put(discussion, body("first"))).toBe("created");
  expect(await put(discussion, body("second"))).toBe("updated");
  expect(notes.map((note) => note.body)).toEqual([body("second")]);
  expect(host.unexpected).toEqual([]);
  for (const { headers } of host.calls) expect(headers["private-token"]).toBe("t0ken");
});
