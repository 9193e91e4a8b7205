/** The scripts that ask a cloud, as processes of their own, where something refuses the connection. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { tempFolder } from "../../support/temp-folder.ts";

const ROOT = join(import.meta.dirname, "../../..");
const CLOSED = "http://127.0.0.1:1";

it.concurrent.each([
  ["scripts/import.ts", "directly", ["--server=vm01"], {}, "check the network"],
  ["scripts/new-stack.ts", "behind a proxy", ["prod", "--from-cloud"], { http_proxy: CLOSED }, "check the proxy"],
])(
  "%s says %s what refuses and what to do: exit 7",
  async (script, _, args, proxy, fix) => {
    const folder = tempFolder();
    writeFileSync(join(folder, "Pulumi.dev.yaml"), "config: {}\n");
    const auth = { OS_AUTH_URL: `${CLOSED}/v3`, OS_USERNAME: "a", OS_PASSWORD: "secret-5bd8", OS_PROJECT_ID: "c" };
    const { exitCode, stdout, stderr } = await execa(process.execPath, [join(ROOT, script), ...args], {
      ...{ cwd: folder, env: { HOME: folder, ...auth, ...proxy }, extendEnv: false, reject: false, stdin: "ignore" },
    });
    expect([exitCode, stdout]).toEqual([7, ""]);
    expect(stderr).toMatch(new RegExp(`^identity POST /auth/tokens: .*connection refused.*Fix: ${fix}.*safe$`));
    expect(stderr).not.toContain("secret-5bd8");
  },
  60_000,
);
