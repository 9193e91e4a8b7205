import { createHmac } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { EventLog } from "../../../../migration/cli/event-log.ts";
import { isTransient, notificationOf } from "../../../../migration/cli/notification.ts";
import { Webhook } from "../../../../migration/cli/webhook.ts";
import type { MigrationEvent } from "../../../../migration/contract/event.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const SECRET = "s3cret-of-the-hook";
const ENV = { LIVE_MIGRATE_NOTIFY_SECRET: SECRET };
const NEVER = new AbortController().signal;
const TIMES = { answer: 20_000, pause: 5, end: 20_000 };
const event = (exitCode: number): MigrationEvent => ({
  schemaVersion: 1,
  time: "2026-12-01T10:00:00.000Z",
  run: "0d3f",
  event: "exit",
  exitCode,
  error: null,
});

interface Received {
  body: string;
  headers: IncomingHttpHeaders;
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A receiver on this machine that gives these answers, one after the other, and the last one from then on. */
async function receiver(
  ...answers: (number | "none" | "broken off")[]
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const answer = answers[Math.min(received.length, answers.length - 1)];
      received.push({ body, headers: request.headers });
      if (answer === "broken off") request.socket.destroy();
      else if (typeof answer === "number") response.writeHead(answer, { location: "/elsewhere" }).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/path-token`, received };
}

async function sent(url: string, events: MigrationEvent[], env: NodeJS.ProcessEnv = ENV, times = TIMES) {
  const warnings: string[] = [];
  const webhook = await Webhook.open([url], (text) => warnings.push(text), env, times);
  for (const one of events) webhook?.send(one);
  await webhook?.close(NEVER);
  return warnings;
}

describe("a notification", () => {
  it("is the event, with a signature that its receiver can compute, and a name that repetitions share", () => {
    const { body, headers } = notificationOf(event(0), 7, SECRET);
    expect(JSON.parse(body)).toEqual(event(0));
    expect(headers).toEqual({
      "content-type": "application/json",
      "live-migrate-delivery": "0d3f-7",
      "live-migrate-signature": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
    });
  });

  it.each([
    [200, false],
    [302, false],
    [400, false],
    [404, false],
    [408, true],
    [429, true],
    [500, true],
    [503, true],
  ])("that is answered with status %s is repeated: %s", (status, repeated) => {
    expect(isTransient(status)).toBe(repeated);
  });
});

describe("a webhook", () => {
  it("gets all events in their order, each signed", async () => {
    const { url, received } = await receiver(204);
    expect(await sent(url, [event(0), event(3), event(7)])).toEqual([]);
    expect(received.map(({ body }) => (JSON.parse(body) as { exitCode: number }).exitCode)).toEqual([0, 3, 7]);
    for (const { body, headers } of received) {
      const signature = createHmac("sha256", SECRET).update(body).digest("hex");
      expect(headers["live-migrate-signature"]).toBe(`sha256=${signature}`);
    }
  });

  it("that is busy, or broken for a moment, gets the same request again", async () => {
    const { url, received } = await receiver(503, 429, "broken off", 200);
    expect(await sent(url, [event(0), event(3)])).toEqual([]);
    expect(received.map(({ headers }) => headers["live-migrate-delivery"])).toEqual([
      ...Array<string>(4).fill("0d3f-1"),
      "0d3f-2",
    ]);
  });

  it.each([
    ["stays broken", [500], 4, /status 500/],
    ["refuses it", [403], 1, /status 403/],
    ["sends it elsewhere", [307], 1, /status 307/],
  ])("that %s is one warning without the rest of its URL, and gets nothing more", async (_, answers, tries, reason) => {
    const { url, received } = await receiver(...answers);
    const warnings = await sent(url, [event(0), event(3), event(7)]);
    expect(received).toHaveLength(tries);
    expect(warnings).toEqual([expect.stringMatching(reason)]);
    expect(warnings[0]).toMatch(/^warning: http:\/\/127\.0\.0\.1:\d+ is not notified any more: .* Fix: /);
  });

  it("that does not answer in time is asked again, and then one warning", async () => {
    const { url } = await receiver("none");
    const warnings = await sent(url, [event(0)], ENV, { ...TIMES, answer: 20 });
    expect(warnings).toEqual([expect.stringMatching(/no answer in time/)]);
  });

  it("that nobody listens at is one warning", async () => {
    expect(await sent("http://127.0.0.1:9/hook", [event(0)])).toEqual([expect.stringMatching(/ECONNREFUSED|bad port/)]);
  });

  it("that never answers keeps the end of a command waiting for a while only", async () => {
    const { url } = await receiver("none");
    const warnings = await sent(url, [event(0)], ENV, { answer: 60_000, pause: 5, end: 50 });
    expect(warnings).toEqual([expect.stringMatching(/not all was sent within 0\.05 s/)]);
  });

  it("takes its secret from a file, too", async () => {
    const { url, received } = await receiver(200);
    const file = join(tempFolder(), "secret");
    writeFileSync(file, `${SECRET}\n`);
    expect(await sent(url, [event(0)], { LIVE_MIGRATE_NOTIFY_SECRET_FILE: file })).toEqual([]);
    expect(received[0]?.headers["live-migrate-signature"]).toBe(
      notificationOf(event(0), 1, SECRET).headers["live-migrate-signature"],
    );
  });

  it.each([{}, { LIVE_MIGRATE_NOTIFY_SECRET: "" }, { LIVE_MIGRATE_NOTIFY_SECRET_FILE: "/no/such/file" }])(
    "without a secret (%o) is a warning that says what to set, and gets nothing",
    async (env) => {
      const { url, received } = await receiver(200);
      expect(await sent(url, [event(0)], env)).toEqual([
        expect.stringMatching(/no secret to sign with.* Fix: set LIVE_MIGRATE_NOTIFY_SECRET/),
      ]);
      expect(received).toEqual([]);
    },
  );

  it.each(["hooks.example.com", "file:///etc/passwd", "https://user:password@hooks.example.com/"])(
    "is refused for %s before anything is sent",
    async (url) => {
      await expect(EventLog.open({ notify: [url] }, () => undefined)).rejects.toThrow(/http or https URL without user/);
    },
  );

  it.each([[[]], [[""]], [["", ""]]])("is none, and not missed, for %j", async (notify) => {
    const warnings: string[] = [];
    await EventLog.open({ notify }, (text) => warnings.push(text));
    expect(warnings).toEqual([]);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "that does not answer is no longer waited for after a %s, and the result of the run stays",
    async (name) => {
      const { url, received } = await receiver("none");
      const before = process.listenerCount(name);
      const warnings: string[] = [];
      const webhook = await Webhook.open([url], (text) => warnings.push(text), ENV, TIMES);
      const log = new EventLog(undefined, (text) => warnings.push(text), webhook);
      const exit = log.whole(() => Promise.resolve(0));
      await expect.poll(() => received.length).toBe(1);
      // Without a listener, it would end the process.
      expect(process.listenerCount(name)).toBe(before + 1);
      process.emit(name);
      expect(await exit).toBe(0);
      expect(warnings).toEqual([expect.stringMatching(/not notified any more: a signal ended the wait/)]);
      expect(process.listenerCount(name)).toBe(before);
    },
  );

  it("gets the events of a run whose result does not depend on it", async () => {
    const { url, received } = await receiver(200);
    const warnings: string[] = [];
    const webhook = await Webhook.open([url], (text) => warnings.push(text), ENV, TIMES);
    const log = new EventLog(undefined, (text) => warnings.push(text), webhook);
    expect(await log.whole(() => Promise.resolve(6))).toBe(6);
    expect(warnings).toEqual([]);
    expect(received.map(({ body }) => JSON.parse(body) as object)).toMatchObject([{ event: "exit", exitCode: 6 }]);
  });
});
