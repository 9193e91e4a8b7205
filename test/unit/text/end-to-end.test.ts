/** The import and the shipped command, as processes of their own, against a cloud whose names are hostile. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { hasUnseen } from "../../../text/visible.ts";
import { httpCloud } from "../../support/http/http-cloud.ts";
import { MOVED } from "../../support/http/mock-move.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const ROOT = join(import.meta.dirname, "../../..");
const KEY = "openstack-live-migration:servers";

const NAMES = [
  { server: "/../../../package", volume: "../x", network: "net:with colon" },
  { server: "$(touch pwned)", volume: "`touch pwned`", network: "' ; touch pwned #" },
  { server: "a\n::error::x\u001b[31m", volume: "\u202evol\u0085", network: "a: b #c" },
  { server: "123", volume: "- x", network: "null" },
  { server: "🚀".repeat(127), volume: '"<script>', network: "-x" },
];

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => !file.startsWith(".cache"))
    .sort();

it.each(NAMES)(
  "imports and shows $server",
  async ({ server, volume, network }) => {
    const folder = tempFolder();
    const cloud = await httpCloud(folder, { server, volume, network });
    const run = (file: string, args: string[]) =>
      execa(process.execPath, [join(ROOT, file), ...args], {
        ...{ cwd: folder, env: cloud.env, extendEnv: false, reject: false, stdin: "ignore" },
      });
    try {
      writeFileSync(join(folder, "Pulumi.dev.yaml"), "config:\n  openstack-live-migration:cloud: prod\n");
      writeFileSync(join(folder, "package.json"), "{}");
      const imported = await run("scripts/import.ts", [`--server=${server}`]);
      expect([imported.exitCode, imported.stderr]).toEqual([0, ""]);
      const [written = ""] = readdirSync(join(folder, ".state/import"));
      const known = ["Pulumi.dev.yaml", "clouds.yaml", "package.json", ".state", ".state/import"];
      expect(filesOf(folder)).toEqual([...known, `.state/import/${written}`].sort());
      expect(readFileSync(join(folder, "package.json"), "utf8")).toBe("{}");

      const { config } = parse(readFileSync(join(folder, "Pulumi.dev.yaml"), "utf8")) as {
        config: Record<string, object>;
      };
      const [[name, entry] = []] = Object.entries(config[KEY] ?? {});
      expect(name).toBe(server);
      expect(entry).toMatchObject({ networks: [network], dataVolumes: { [volume]: { sizeGiB: 1 } } });

      // Whoever copies the commands runs them with that file, and with nothing else.
      const lines = imported.stdout.split("\n");
      expect(lines.filter(hasUnseen)).toEqual([]);
      const commands = lines.filter((line) => line.startsWith("  pulumi "));
      const script = `pulumi() { printf '%s\\n' "$@"; }\n${commands.join("\n")}`;
      const copied = await execa("sh", ["-c", script], { cwd: folder });
      const words = copied.stdout.split("\n");
      expect(words[words.indexOf("--file") + 1]).toBe(`.state/import/${written}`);
      expect(existsSync(join(folder, "pwned"))).toBe(false);

      const shown = await run("dist/live-migrate.js", ["status", MOVED]);
      expect([shown.exitCode, shown.stderr]).toEqual([0, ""]);
      expect(shown.stdout.split("\n")).toHaveLength(1);
      expect(hasUnseen(shown.stdout)).toBe(false);
      const json = await run("dist/live-migrate.js", ["status", MOVED, "--json"]);
      expect(hasUnseen(json.stdout)).toBe(false);
      expect((JSON.parse(json.stdout) as { server: { name: string } }).server.name).toBe(server);

      const records = tempFolder("records");
      const refused = await run("dist/live-migrate.js", [
        "run",
        "--host=no-host",
        `--record=${records}`,
        "--",
        `${server}x`,
      ]);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr.split("\n")).toHaveLength(1);
      expect(hasUnseen(refused.stderr)).toBe(false);
      const [record = ""] = readdirSync(records);
      expect(JSON.parse(readFileSync(join(records, record), "utf8"))).toMatchObject({ server: `${server}x` });
    } finally {
      await cloud.close();
    }
  },
  120_000,
);
