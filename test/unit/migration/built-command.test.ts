import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { EventSchema } from "../../../migration/contract/event.ts";
import type { MigrationRecord } from "../../../migration/contract/record.ts";
import { mockCloud, posts, type MockAnswer, type MockCloud } from "../../support/http/mock-cloud.ts";
import { MOVED, scriptMove } from "../../support/http/mock-move.ts";
import { ServedCloud, type ProxyFault } from "../../support/http/served-cloud.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const COMMAND = join(import.meta.dirname, "../../../dist/live-migrate.js");
const RUN = ["run", MOVED, "--json"];
const HOST = ["--host", "node-31"];

/** Runs the command that is shipped. */
async function shipped(args: string[], env: Record<string, string>) {
  const home = tempFolder();
  const { exitCode, stdout, stderr } = await execa(process.execPath, [COMMAND, ...args], {
    env: { HOME: home, XDG_STATE_HOME: home, XDG_CACHE_HOME: home, ...env },
    extendEnv: false,
    reject: false,
  });
  expect(stdout + stderr).not.toMatch(/proxy-secret|^ +at /m);
  return { exitCode, stdout, stderr };
}

const outcomeOf = (stdout: string) => JSON.parse(stdout) as Partial<MigrationRecord> & { error?: { kind: string } };

async function runOn(mock: MockCloud, fault?: ProxyFault | "no proxy", options = HOST) {
  await using served = await ServedCloud.start(mock, fault === "no proxy" ? undefined : fault);
  const result = await shipped([...RUN, ...options], fault === "no proxy" ? served.env : served.proxiedEnv);
  return { ...result, document: outcomeOf(result.stdout), tunnels: served.tunnels, proxyUrl: served.proxyUrl };
}

describe("the shipped command", { timeout: 120_000 }, () => {
  // These take as long as the command looks for the request: first, so that the others run meanwhile.
  it.concurrent.each<[string, ProxyFault | "no proxy", sent: number]>([
    ["directly", "no proxy", 1],
    ["through a proxy", "cuts POST before", 0],
  ])("never repeats a request that is lost %s: exit 7", async (_, fault, sent) => {
    const mock = scriptMove(mockCloud(), { answer: { fail: "ECONNRESET" }, arrives: false });
    const { exitCode, document } = await runOn(mock, fault);
    expect([exitCode, document.error?.kind]).toEqual([7, "outcome-unknown"]);
    expect(posts(mock)).toHaveLength(sent);
  });

  it.concurrent.each<[string, ProxyFault | "no proxy" | undefined]>([
    ["directly", "no proxy"],
    ["through a proxy", undefined],
    ["through a proxy that cuts connections before they are made", "cuts CONNECT"],
    ["through a proxy that cuts the first read of everything", "cuts GET"],
  ])("moves a server %s, with one request to do so: exit 0", async (_, fault) => {
    const mock = scriptMove(mockCloud());
    const { exitCode, document, tunnels } = await runOn(mock, fault);
    expect([exitCode, document.outcome, document.requestId]).toEqual([0, "migrated", "req-moved"]);
    expect(posts(mock)).toHaveLength(1);
    expect(tunnels.length > 0).toBe(fault !== "no proxy");
  });

  it.concurrent.each<[string, ProxyFault | "no proxy"]>([
    ["directly", "no proxy"],
    ["through a proxy", "cuts POST after"],
    ["halfway through a proxy", "cuts POST during"],
  ])("watches the migration whose answer is lost %s: exit 0", async (_, fault) => {
    const lost = fault === "no proxy" ? { answer: { fail: "ECONNRESET" } } : {};
    const mock = scriptMove(mockCloud(), lost);
    const { exitCode, document } = await runOn(mock, fault);
    expect([exitCode, document.outcome, document.requestId]).toEqual([0, "migrated", null]);
    expect(posts(mock)).toHaveLength(1);
  });

  it.concurrent("appends what happens to the file of --events: the phases, the end, the exit", async () => {
    const file = join(tempFolder(), "events");
    await using served = await ServedCloud.start(scriptMove(mockCloud()));
    const { exitCode, stderr } = await shipped([...RUN, ...HOST], { ...served.env, LIVE_MIGRATE_EVENTS: file });
    expect(exitCode, stderr).toBe(0);
    const events = (await readFile(file, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => EventSchema.parse(JSON.parse(line)));
    expect(events.map(({ event }) => event).filter((event) => event !== "message")).toEqual(
      expect.arrayContaining(["started", "phase", "finished", "exit"]),
    );
    expect(events.slice(-2)).toMatchObject([
      { event: "finished", result: "migrated", exitCode: 0, server: { id: MOVED } },
      { event: "exit", exitCode: 0 },
    ]);
  });

  it.concurrent("writes the metrics of a run into a directory, under the server's id", async () => {
    const folder = tempFolder();
    await using served = await ServedCloud.start(scriptMove(mockCloud()));
    const { exitCode, stderr } = await shipped([...RUN, ...HOST, "--metrics", folder], served.env);
    expect(exitCode, stderr).toBe(0);
    const text = await readFile(join(folder, `live-migrate-${MOVED}.prom`), "utf8");
    expect(text).toMatch(/^live_migrate_last_run_exit_code\{.*\} 0$/m);
    expect(text).toMatch(/^live_migrate_last_run_info\{.*outcome="migrated".*destination="node-31".*\} 1$/m);
  });

  it.concurrent("tells in the events that the cloud does not answer: exit 7", async () => {
    const file = join(tempFolder(), "events");
    const nowhere = {
      OS_AUTH_URL: "http://127.0.0.1:1/v3",
      OS_USERNAME: "u",
      OS_PASSWORD: "secret-5bd8",
      OS_PROJECT_NAME: "p",
    };
    const { exitCode } = await shipped([...RUN, ...HOST, "--events", file], nowhere);
    const text = await readFile(file, "utf8");
    expect([exitCode, text]).toEqual([7, expect.not.stringContaining("secret-5bd8")]);
    expect(EventSchema.parse(JSON.parse(text))).toMatchObject({ event: "exit", exitCode: 7 });
  });

  const inError = () => {
    const mock = mockCloud();
    mock.change = ({ path }, answer) =>
      path === `/servers/${MOVED}`
        ? (JSON.parse(JSON.stringify(answer).replace('"status":"ACTIVE"', '"status":"ERROR"')) as MockAnswer)
        : answer;
    return scriptMove(mock);
  };
  const ENDS: [code: number, outcome: string, mock: () => MockCloud, options: string[]][] = [
    [3, "refused", () => scriptMove(mockCloud()), ["--host", "mars"]],
    [4, "failed", () => scriptMove(mockCloud(), { ends: "failed" }), HOST],
    [5, "needs-attention", inError, HOST],
    [6, "still-running", () => scriptMove(mockCloud(), { looks: Infinity }), [...HOST, "--timeout-seconds", "2"]],
  ];
  it.concurrent.each(["directly", "through a proxy"].flatMap((way) => ENDS.map((end) => [way, ...end] as const)))(
    "has %s the exit code %i: %s",
    async (way, code, outcome, mock, options) => {
      const fault = way === "directly" ? "no proxy" : undefined;
      const { exitCode, document, tunnels } = await runOn(mock(), fault, options);
      expect([exitCode, document.outcome]).toEqual([code, outcome]);
      expect(tunnels.length > 0).toBe(way !== "directly");
    },
  );

  it.concurrent.each([
    [407, "asks for a user and password (status 407)", 1],
    [403, "refuses to connect to http://identity.test:5000 (status 403)", 1],
    [503, "refuses to connect to http://identity.test:5000 (status 503)", 5],
  ])("names the proxy that answers %i: exit 7", async (status, words, tries) => {
    const { exitCode, stderr, tunnels, proxyUrl } = await runOn(mockCloud(), { status });
    expect(exitCode).toBe(7);
    expect(stderr).toContain(
      `identity POST /auth/tokens: the proxy ${proxyUrl} (http_proxy) ${words}. Fix: check the proxy`,
    );
    expect(tunnels).toHaveLength(tries);
  });

  it.concurrent("names what refuses the connection: the proxy, or the cloud: exit 7", async () => {
    await using served = await ServedCloud.start(mockCloud());
    const closed = "http://127.0.0.1:1";
    const proxied = await shipped([...RUN, ...HOST], {
      ...served.env,
      http_proxy: "http://me:proxy-secret@127.0.0.1:1",
    });
    expect(proxied.exitCode).toBe(7);
    expect(proxied.stderr).toContain(`the proxy ${closed} (http_proxy) cannot be reached: connection refused`);
    const direct = await shipped([...RUN, ...HOST], {
      ...served.env,
      OS_AUTH_URL: `${closed}/v3`,
      http_proxy: "",
      no_proxy: "*",
    });
    expect(direct.exitCode).toBe(7);
    expect(direct.stderr).toContain(`no answer from ${closed}: connection refused`);
  });

  it.concurrent("refuses a proxy variable that is not a URL, without its value: exit 2", async () => {
    const env = { OS_AUTH_URL: "http://127.0.0.1:1/v3", OS_USERNAME: "a", OS_PASSWORD: "b", OS_PROJECT_ID: "c" };
    const { exitCode, stderr } = await shipped([...RUN, ...HOST], {
      ...env,
      ALL_PROXY: "socks5://me:proxy-secret@p:1080",
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("ALL_PROXY: is not the URL of an http or https proxy");
  });
});
