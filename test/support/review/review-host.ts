import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the place of reviews saw it. */
export interface ReviewCall {
  method: string;
  path: string;
  body: { body?: string };
  headers: IncomingMessage["headers"];
}

/** Answers one request; undefined: nothing is there. */
export type ReviewAnswer = (
  call: ReviewCall,
  url: string,
) => { status?: number; body: unknown; next?: string } | undefined;

/** A place of reviews on the loopback, which answers what a test says; 404 and a note of it to all else. */
export async function reviewHost(answer: ReviewAnswer) {
  const calls: ReviewCall[] = [];
  const unexpected: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const { method = "", url: path = "", headers } = request;
      const call = { method, path, headers, body: (text === "" ? {} : JSON.parse(text)) as ReviewCall["body"] };
      calls.push(call);
      const found = answer(call, url);
      if (found === undefined) unexpected.push(`${method} ${path}`);
      const { status = 200, body, next } = found ?? { status: 404, body: { message: "Not Found" } };
      const link = next === undefined ? {} : { link: `<${next}>; rel="next", <x>; rel="last"` };
      response.writeHead(status, { "content-type": "application/json", ...link }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    calls,
    unexpected,
    close: () =>
      new Promise<void>((resolve) =>
        server.close(() => {
          resolve();
        }),
      ),
  };
}

/** GitHub as far as comments go: what is written can be read, by the workflow's own account. */
export function githubComments(repository: string, pull: number) {
  const comments: { id: number; body: string; user: { login: string } }[] = [];
  const answer: ReviewAnswer = ({ method, path, body }) => {
    const root = `/repos/${repository}`;
    const text = body.body ?? "";
    if (method === "GET" && path.startsWith(`${root}/commits/`)) return { body: [{ number: pull, merged_at: "now" }] };
    if (method === "GET" && path.startsWith(`${root}/issues/${pull}/comments`)) return { body: comments };
    if (method === "POST" && path === `${root}/issues/${pull}/comments`) {
      comments.push({ id: comments.length + 1, body: text, user: { login: "github-actions[bot]" } });
      return { status: 201, body: comments.at(-1) };
    }
    const id = new RegExp(`^${root}/issues/comments/(\\d+)$`).exec(path)?.[1];
    const found = comments.find((comment) => comment.id === Number(id));
    if (method !== "PATCH" || found === undefined) return undefined;
    found.body = text;
    return { body: found };
  };
  return { comments, answer };
}
