/** The databases: made once with their schemas, then only started. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { bootstrap } from "./accounts.ts";
import { cached, makeOnce } from "./cache.ts";
import { novaDatabaseFile, novaFile } from "./config/compute.ts";
import { neutronFile } from "./config/common.ts";
import { writeSecret } from "./files.ts";
import { inInfra } from "./network.ts";
import { paths } from "./paths.ts";
import type { Secrets } from "./secrets.ts";
import { python, pythonEnv } from "./service.ts";
import { run, script, succeeds } from "./shell.ts";
import { startServices } from "./supervise.ts";
import { entered, runInside } from "./tree/enter.ts";
import { packageVersions } from "./tree/provide.ts";
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
    await runInside(lab, ["eatmydata", "mariadb-install-db", ...how, `--datadir=${p.mysql}`], { timeout: 120_000 });
    writeFileSync(p.done("mariadb"), "");
  }
  await startServices(lab, "mariadb");
  await waitFor("MariaDB", () => answers(lab), {
    seconds: 180,
    hint: `its log: ${p.log("mariadb")}`,
  });
}

/** Options of MariaDB's clients. */
const clientOf = (lab: Lab): string[] => ["-uroot", "-S", paths(lab).mysqlSocket];

function answers(lab: Lab): Promise<boolean> {
  const [command = "", ...args] = entered(lab, ["mariadb", ...clientOf(lab), "-e", "select 1"]);
  return succeeds(command, args);
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
  if (existsSync(p.done("schemas"))) {
    await keystone();
    return;
  }
  const client = clientOf(lab);
  const statements = NAMES.map(
    (name) => `drop database if exists ${name}; create database ${name} character set utf8mb3;`,
  );
  await runInside(lab, ["mariadb", ...client], { input: statements.join("\n") });
  await emptySchemas(lab, say);
  const { args, env } = bootstrap(lab);
  const cells = async (): Promise<void> => {
    for (const command of [["map_cell0"], ["create_cell", "--name=cell1"]])
      await manage(lab, say, "nova-manage", "nova.cmd.manage", [...novaConfigs(lab), "cell_v2", ...command]);
  };
  const identity = async (): Promise<void> => {
    const config = ["--config-file", `${p.config}/keystone/keystone.conf`];
    await manage(lab, say, "keystone-manage", "keystone.cmd.manage", [...config, ...args], env(secrets));
    await keystone();
  };
  await Promise.all([identity(), cells()]);
  writeFileSync(p.done("schemas"), "");
}

const novaConfigs = (lab: Lab): string[] => ["--config-file", novaFile(lab), "--config-file", novaDatabaseFile(lab)];

/** Nova keeps what has no cell in a database of the same schema as a cell's. */
const CELL0 = { name: "nova_cell0", like: "nova" };

/**
 * Fills the databases with their schemas: from the cache, or by the services' own migrations, which take a minute of
 * computing and give the same each time. No account, address or password is in them yet.
 */
async function emptySchemas(lab: Lab, say: (what: string) => void): Promise<void> {
  const client = clientOf(lab);
  const own = NAMES.filter((name) => name !== CELL0.name);
  const packages = ["keystone", "placement", "glance", "cinder", "nova", "neutron"].map((name) => `python3-${name}`);
  const versions = [...(await packageVersions(lab, [...packages, "mariadb-server"]))]
    .map((pair) => pair.join("="))
    .sort();
  const dir = cached(lab, "schemas", versions);
  // The files are opened out here: a tree does not hold the cache.
  const load = (name: string, file: string): Promise<string> =>
    script('f=$1; shift; exec "$@" <"$f"', [`${dir}/${file}.sql`, ...entered(lab, ["mariadb", ...client, name])]);
  if (existsSync(dir)) {
    say("loading schemas");
    for (const name of own) await load(name, name);
  } else {
    await makeOnce(dir, async (work) => {
      await migrate(lab, say);
      for (const name of own)
        await script('f=$1; shift; exec "$@" >"$f"', [
          `${work}/${name}.sql`,
          ...entered(lab, ["mariadb-dump", ...client, name]),
        ]);
    });
  }
  await load(CELL0.name, CELL0.like);
}

/** Runs every service's own migrations, as many at once as help on two processors. */
async function migrate(lab: Lab, say: (what: string) => void): Promise<void> {
  const config = (service: string, file: string): string[] => [
    "--config-file",
    `${paths(lab).config}/${service}/${file}`,
  ];
  const sync = (program: string, module: string, args: string[]): Promise<void> =>
    manage(lab, say, program, module, args);
  const identity = async (): Promise<void> => {
    await sync("keystone-manage", "keystone.cmd.manage", [...config("keystone", "keystone.conf"), "db_sync"]);
    await sync("placement-manage", "placement.cmd.manage", [...config("placement", "placement.conf"), "db", "sync"]);
    await sync("glance-manage", "glance.cmd.manage", [...config("glance", "glance-api.conf"), "db_sync"]);
  };
  const compute = async (): Promise<void> => {
    await sync("nova-manage", "nova.cmd.manage", [...novaConfigs(lab), "api_db", "sync"]);
    await sync("nova-manage", "nova.cmd.manage", [...novaConfigs(lab), "db", "sync", "--local_cell"]);
  };
  const others = async (): Promise<void> => {
    await sync("cinder-manage", "cinder.cmd.manage", [...config("cinder", "cinder.conf"), "db", "sync"]);
    await sync("neutron-db-manage", "neutron.db.migration.cli", [
      "--config-file",
      neutronFile(lab),
      "upgrade",
      "heads",
    ]);
  };
  await Promise.all([identity(), compute(), others()]);
}

async function manage(
  lab: Lab,
  say: (what: string) => void,
  program: string,
  module: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  say([program, ...args.filter((word, i) => word !== "--config-file" && args[i - 1] !== "--config-file")].join(" "));
  const [command = "", ...rest] = inInfra(lab, python(module, program, args));
  await run(command, rest, { env: { ...pythonEnv(lab), ...env }, timeout: 300_000 });
}
