import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { DrainPlanSchema, DrainSchema } from "../../../../../migration/contract/drain.ts";
import { EventSchema } from "../../../../../migration/contract/event.ts";
import { HostsSchema } from "../../../../../migration/contract/hosts.ts";
import { fails, type MockCloud } from "../../../../support/http/mock-cloud.ts";
import { ServedCloud } from "../../../../support/http/served-cloud.ts";
import { mockHosts, SERVICES } from "../../../../support/hosts/mock-hosts.ts";
import { tempFolder, tempPath } from "../../../../support/temp-folder.ts";

const COMMAND = join(import.meta.dirname, "../../../../../dist/live-migrate.js");

/** Runs the built command against a scripted cloud. */
async function command(mock: MockCloud, ...args: string[]) {
  await using served = await ServedCloud.start(mock);
  const env = { PATH: process.env["PATH"] ?? "", XDG_STATE_HOME: tempPath("state"), ...served.env };
  return await execa(process.execPath, [COMMAND, ...args], { env, extendEnv: false, reject: false });
}

describe("the shipped command", () => {
  it("prints hosts as one document, and as a table", async () => {
    const json = await command(mockHosts(2), "hosts", "--json");
    expect([json.exitCode, json.stderr]).toEqual([0, ""]);
    expect(HostsSchema.parse(JSON.parse(json.stdout)).hosts.map(({ host }) => host)).toEqual([
      "node-27",
      "node-28",
      "node-31",
    ]);
    const table = await command(mockHosts(2), "hosts", "node-28");
    expect(table.stdout.split("\n")[1]).toMatch(/^node-28 +nova +up +2 ACTIVE /);
  });

  it("plans a drain as one document: exit 0, and nothing but readings", async () => {
    const mock = mockHosts(3);
    const { exitCode, stdout } = await command(mock, "drain", "node-28", "--plan", "--json");
    expect([exitCode, DrainPlanSchema.parse(JSON.parse(stdout)).moves.length]).toEqual([0, 3]);
    expect(mock.log().filter((line) => !line.startsWith("GET"))).toEqual([]);
  });

  it("proves an empty host empty, and writes the page, the metrics and the events of its drain", async () => {
    const services = SERVICES.map((one) =>
      one.host === "node-28" ? { ...one, status: "disabled", disabled_reason: "broken fan" } : one,
    );
    const mock = mockHosts(0).answer("compute", "GET /os-services", { body: { services } });
    const folder = tempFolder();
    const [page, metrics, events] = ["drain.html", "drain.prom", "events.jsonl"].map((name) => join(folder, name));
    const files = ["--report", page ?? "", "--metrics", metrics ?? "", "--events", events ?? ""];
    const { exitCode, stdout, stderr } = await command(mock, "drain", "node-28", "--json", ...files);
    expect([exitCode, DrainSchema.parse(JSON.parse(stdout)).hosts[0]?.state]).toEqual([0, "empty"]);
    expect(stderr).toContain(`report: ${page ?? ""}`);
    const [html, prom, log] = await Promise.all([page, metrics, events].map((path) => readFile(path ?? "", "utf8")));
    expect(html).toContain("<title>Drain of node-28: proven empty</title>");
    expect(prom).toContain('live_migrate_last_drain_exit_code{hosts="node-28"} 0');
    const happened = (log ?? "")
      .trim()
      .split("\n")
      .map((line) => EventSchema.parse(JSON.parse(line)));
    expect(happened.at(-1)).toMatchObject({ event: "exit", exitCode: 0 });
  });

  it("refuses a file that cannot be written before it asks the cloud: exit 2", async () => {
    const mock = mockHosts(0);
    const { exitCode, stderr } = await command(mock, "drain", "node-28", "--report", "/no/such/folder/drain.html");
    expect([exitCode, mock.log()]).toEqual([2, []]);
    expect(stderr).toContain("--report");
  });

  it("plans a drain of a whole zone", async () => {
    const { exitCode, stdout } = await command(
      mockHosts(3),
      "drain",
      "--zone",
      "nova",
      "--to-zone",
      "nova2",
      "--plan",
      "--json",
    );
    const { hosts, moves } = DrainPlanSchema.parse(JSON.parse(stdout));
    expect([exitCode, hosts, moves.map(({ to }) => to)]).toEqual([
      0,
      ["node-27", "node-28"],
      ["node-31", "node-31", "node-31"],
    ]);
  });

  it("refuses an account that sees only its own project: exit 7, with the fix", async () => {
    const mock = mockHosts(1).answer("compute", "GET /servers/detail", fails(403, "Policy doesn't allow it"));
    const { exitCode, stderr } = await command(mock, "drain", "node-28");
    expect(exitCode).toBe(7);
    expect(stderr).toContain("this account may not list the servers of all projects");
    expect(stderr).toContain("Fix: use an administrator's credentials");
  });

  it.each([
    ["drain", "node-99"],
    ["restore", "node-99"],
    ["roll", "node-99", "--run", "true"],
    ["hosts", "node-99"],
  ])("names a host that is not there in `%s`: exit 2", async (...args) => {
    const { exitCode, stderr } = await command(mockHosts(0), ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("no nova-compute service has this host. Fix: one of: node-27, node-28, node-31");
  });

  it("offers nothing that it does not do", async () => {
    const { exitCode, stderr } = await command(mockHosts(0), "drain", "node-28", "--not-movable", "kill");
    expect([exitCode, stderr.includes("refuse or leave or stop")]).toEqual([2, true]);
  });
});
