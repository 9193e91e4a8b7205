import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { tempFolder } from "../../../support/temp-folder.ts";
import { execute } from "../../../../migration/cli/commands.ts";

/** A cloud that cannot be reached: a command that asked it first would exit with 7. */
const NOWHERE = {
  OS_CLOUD: "",
  OS_AUTH_URL: "http://127.0.0.1:1/v3",
  OS_USERNAME: "u",
  OS_PASSWORD: "secret-5bd8",
  OS_PROJECT_NAME: "p",
};

async function call(name: string, options: Parameters<typeof execute>[1]) {
  for (const [key, value] of Object.entries(NOWHERE)) vi.stubEnv(key, value);
  vi.stubEnv("OS_CLIENT_CONFIG_FILE", "/no/such/clouds.yaml");
  const said = { out: "", err: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((said.out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((said.err += String(text)), true));
  const code = await execute(name, options);
  vi.restoreAllMocks();
  return { code, ...said };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("the commands", () => {
  it.each(["plan", "run", "verify"])("%s reports bad input before it asks the cloud: exit 2", async (name) => {
    const { code, out, err } = await call(name, { azPin: "maybe", json: true });
    expect(code).toBe(2);
    const { error } = JSON.parse(out) as { error: { kind: string; problems: { path: string }[] } };
    expect(error.kind).toBe("bad-input");
    expect(error.problems.map(({ path }) => path).sort()).toEqual(["--az-pin", "--host", "SERVER"]);
    expect(err).toContain("Fix: refuse, unpin or force");
  });

  it.each(["status", "abort", "force-complete"])("%s wants a server: exit 2", async (name) => {
    const { code, out, err } = await call(name, {});
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("SERVER (not given): which server?");
  });

  it("run leaves stdout empty after a failure where only a success is asked for, and its document in the folder", async () => {
    const folder = tempFolder();
    const { code, out, err } = await call("run", { server: "a/b", jsonOnSuccess: true, record: folder });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("--host");
    const document: unknown = JSON.parse(await readFile(join(folder, "live-migrate-a%2Fb.json"), "utf8"));
    expect(document).toMatchObject({ schemaVersion: 1, server: "a/b", error: { kind: "bad-input" } });
    expect(await readdir(folder)).toHaveLength(1);
  });

  it("run of several servers leaves no file where the folder of their records is to be", async () => {
    const folder = tempFolder();
    const { code, err } = await call("run", { servers: ["a", "b"], host: "h", record: join(folder, "records") });
    expect([code, err]).toEqual([2, expect.stringContaining("not a directory")]);
    expect(await readdir(folder)).toEqual([]);
    const wrong = await call("run", { servers: ["a", "a"], host: "h", record: folder });
    expect([wrong.code, await readdir(folder)]).toEqual([2, ["live-migrate-no-server.json"]]);
  });

  it.each(["run", "verify", "abort", "force-complete"])(
    "%s asks first whether the record can be kept",
    async (name) => {
      const { code, err } = await call(name, { server: "vm01", host: "node-31", record: "/nowhere/record.json" });
      expect(code).toBe(2);
      expect(err).toContain("--record (/nowhere/record.json): /nowhere is not a writable directory (ENOENT)");
    },
  );

  it.each([
    ["none that events can be sent to", ["hooks.example.com/T0KEN"]],
    ["one with a password", ["https://me:T0KEN@hooks.example.com/"]],
    ["given twice", ["https://hooks.example.com/T0KEN", "https://hooks.example.com/T0KEN2"]],
  ])("a URL to notify that is %s is refused, and shown nowhere: exit 2", async (_, notify) => {
    const folder = tempFolder();
    const { code, out, err } = await call("run", { server: "vm01", host: "h", json: true, record: folder, notify });
    const kept = await readFile(join(folder, "live-migrate-vm01.json"), "utf8");
    expect(code).toBe(2);
    for (const text of [out, err, kept]) {
      expect(text).toContain("--notify");
      expect(text).not.toContain("T0KEN");
    }
  });

  it("an empty URL to notify is none: the cloud is asked", async () => {
    const { code, err } = await call("run", { server: "vm01", host: "h", cloud: "atlantis", notify: [""] });
    expect([code, err]).toEqual([2, expect.stringContaining("atlantis")]);
    expect(err).not.toContain("notif");
  });

  it("a cloud that is not configured is wrong input: exit 2", async () => {
    const { code, err } = await call("status", { server: "vm01", cloud: "atlantis" });
    expect(code).toBe(2);
    expect(err).toContain("atlantis");
    expect(err).not.toContain("check the network");
  });

  it("a cloud out of reach is reported with the fix and without the password: exit 7", async () => {
    const { code, out, err } = await call("status", { server: "vm01", json: true });
    expect(code).toBe(7);
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, error: { kind: "cloud" } });
    expect(err).toMatch(/127\.0\.0\.1:1.*Fix: check the network, the endpoint and the service, then run this again/);
    expect(out + err).not.toContain("secret-5bd8");
    // Connections that are refused are tried again for some seconds.
  }, 30_000);
});
