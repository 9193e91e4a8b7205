/** The databases: made once with their schemas, then only started. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { bootstrap } from "./accounts.ts";
import { novaDatabaseFile, novaFile } from "./config/compute.ts";
import { neutronFile } from "./config/network.ts";
import { writeSecret } from "./files.ts";
import { inInfra } from "./network.ts";
import { paths } from "./paths.ts";
import type { Secrets } from "./secrets.ts";
import { python, pythonEnv } from "./services.ts";
import { run, succeeds } from "./shell.ts";
import { startServices } from "./supervise.ts";
import type { Lab } from "./settings.ts";
import { waitFor } from "./wait.ts";

const NAMES = ["keystone", "placement", "glance", "cinder", "nova_api", "nova", "nova_cell0", "neutron"];

/** Starts MariaDB, on a new data folder if the old one was never finished. */
export async function startMariadb(lab: Lab): Promise<void> {
  const p = paths(lab);
  if (!existsSync(p.done("mariadb"))) {
    rmSync(p.mysql, { recursive: true, force: true });
    // The socket lies in a folder that only root enters; nothing listens on the network.
    const how = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", "--user=root"];
    await run("mariadb-install-db", [...how, `--datadir=${p.mysql}`], { timeout: 120_000 });
    writeFileSync(p.done("mariadb"), "");
  }
  await startServices(lab, "mariadb");
  await waitFor("MariaDB", () => succeeds("mariadb", ["-uroot", "-S", p.mysqlSocket, "-e", "select 1"]), {
    seconds: 60,
    hint: `its log: ${p.log("mariadb")}`,
  });
}

/** Keystone's keys for tokens and credentials, as its own commands would make them, without two starts of Python. */
export function keystoneKeys(lab: Lab): void {
  for (const repository of ["fernet", "credential"]) {
    const dir = `${paths(lab).data}/keystone/${repository}`;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    for (const number of ["0", "1"]) {
      // Fernet wants the URL-safe alphabet with its padding.
      const key = randomBytes(32).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
      if (!existsSync(`${dir}/${number}`)) writeSecret(`${dir}/${number}`, key);
    }
  }
}

/**
 * Makes all schemas and Keystone's first account, unless that was done. What a killed run left half-made is dropped first:
 * MariaDB cannot roll back a change of a schema.
 * @param keystone starts Keystone and returns when it answers
 */
export async function makeSchemas(
  lab: Lab,
  secrets: Secrets,
  keystone: () => Promise<void>,
  say: (what: string) => void,
): Promise<void> {
  const p = paths(lab);
  keystoneKeys(lab);
  if (existsSync(p.done("schemas"))) return keystone();
  const statements = NAMES.map(
    (name) => `drop database if exists ${name}; create database ${name} character set utf8mb3;`,
  );
  await run("mariadb", ["-uroot", "-S", p.mysqlSocket], { input: statements.join("\n") });

  const config = (service: string, file: string): string[] => ["--config-file", `${p.config}/${service}/${file}`];
  const manage = async (
    program: string,
    module: string,
    args: string[],
    env: Record<string, string> = {},
  ): Promise<void> => {
    say(`${program} ${args.slice(args[0] === "--config-file" ? 2 : 0).join(" ")}`);
    const [command = "", ...rest] = inInfra(lab, python(module, program, args));
    await run(command, rest, { env: { ...pythonEnv(lab), ...env }, timeout: 300_000 });
  };
  const identity = async (): Promise<void> => {
    const keystoneConfig = config("keystone", "keystone.conf");
    await manage("keystone-manage", "keystone.cmd.manage", [...keystoneConfig, "db_sync"]);
    await manage(
      "keystone-manage",
      "keystone.cmd.manage",
      [...keystoneConfig, ...bootstrap(lab).args],
      bootstrap(lab).env(secrets),
    );
    await Promise.all([
      keystone(),
      manage("placement-manage", "placement.cmd.manage", [...config("placement", "placement.conf"), "db", "sync"]),
    ]);
    await manage("glance-manage", "glance.cmd.manage", [...config("glance", "glance-api.conf"), "db_sync"]);
  };
  const compute = async (): Promise<void> => {
    const nova = ["--config-file", novaFile(lab), "--config-file", novaDatabaseFile(lab)];
    for (const args of [
      ["api_db", "sync"],
      ["cell_v2", "map_cell0"],
      ["db", "sync"],
      ["cell_v2", "create_cell", "--name=cell1"],
    ])
      await manage("nova-manage", "nova.cmd.manage", [...nova, ...args]);
  };
  const others = async (): Promise<void> => {
    await manage("cinder-manage", "cinder.cmd.manage", [...config("cinder", "cinder.conf"), "db", "sync"]);
    const neutron = ["--config-file", neutronFile(lab), "upgrade", "heads"];
    await manage("neutron-db-manage", "neutron.db.migration.cli", neutron);
  };
  await Promise.all([identity(), compute(), others()]);
  writeFileSync(p.done("schemas"), "");
}
