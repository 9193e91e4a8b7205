import { existsSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { installPackages } from "../../../lab/packages.ts";
import { eventually } from "../lab/cloud.ts";
import type { StateBackend } from "./state-backend.ts";

/** Of Debian 12. */
const PROGRAMS = "/usr/lib/postgresql/15/bin";

/** PostgreSQL refuses to run as root: Debian's package brings the user that it runs as then. */
async function unprivileged(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const [uid = 0, gid = 0] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await execa("id", [flag, "postgres"])).stdout)),
  );
  return { uid, gid };
}

/** A PostgreSQL of its own with an empty database, on a Unix socket alone; Debian's, installed if it is missing. */
export async function openPostgres(): Promise<StateBackend> {
  if (!existsSync(PROGRAMS)) await installPackages(["postgresql-15"], () => undefined);
  const user = await unprivileged();
  const folder = await mkdtemp(join(tmpdir(), "postgres-"));
  if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
  const program = (name: string, args: string[]) =>
    execa(join(PROGRAMS, name), args, { ...user, cwd: folder, env: { LC_ALL: "C.UTF-8" }, stdin: "ignore" });
  await program("initdb", ["-D", "data", "-A", "trust", "-U", "pulumi", "--no-sync"]);
  const server = program("postgres", ["-D", "data", "-F", "-k", folder, "-c", "listen_addresses="]);
  const ended = server.catch(() => undefined);
  const ask = async (query: string) =>
    (await program("psql", ["-h", folder, "-U", "pulumi", "-Atc", query, "postgres"])).stdout;
  await eventually("PostgreSQL answers", 60, () => ask("select 1").catch(() => undefined));
  return {
    url: `postgres://pulumi@/postgres?host=${folder}`,
    env: {},
    stored: () =>
      ask("select key || E'\\n' || convert_from(decode(data->>'data', 'base64'), 'UTF8') from pulumi_state"),
    async close() {
      server.kill("SIGQUIT");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
