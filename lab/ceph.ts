/** The Ceph cluster: made once, then only started. */
import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { ceph as cephConfig, CEPH_FSID } from "./config/infrastructure.ts";
import { writeSecret } from "./files.ts";
import { inInfra } from "./network.ts";
import { paths } from "./paths.ts";
import { run, type RunOptions } from "./shell.ts";
import { startServices } from "./supervise.ts";
import type { Lab } from "./settings.ts";
import { runInside } from "./tree/enter.ts";
import { waitFor } from "./wait.ts";

/** Runs one of Ceph's commands against the lab's cluster. */
async function on(lab: Lab, argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const [program = "", ...rest] = argv;
  const [command = "", ...args] = inInfra(lab, ["eatmydata", program, "-c", paths(lab).cephConf, ...rest]);
  return run(command, args, { timeout: 60_000, ...options });
}

/** Starts the cluster, after making it if there is none, until Cinder's user can list its volumes. */
export async function startCeph(lab: Lab, say: (what: string) => void): Promise<void> {
  const p = paths(lab);
  const fresh = !existsSync(p.done("ceph"));
  if (fresh) {
    say("making the monitor");
    await makeMonitor(lab);
  }
  await startServices(lab, "ceph-mon");
  await waitFor("Ceph's monitor", async () => (await on(lab, ["ceph", "--connect-timeout", "5", "fsid"])) !== "", {
    seconds: 180,
    hint: `its log: ${p.log("ceph-mon")}`,
  });
  if (fresh) {
    say("making the OSD");
    await makeManagerAndOsd(lab);
  }
  await startServices(lab, "ceph-mgr", "ceph-osd");
  await waitFor("Ceph's OSD", async () => /\b1 up\b/.test(await on(lab, ["ceph", "osd", "stat"])), {
    seconds: 180,
    hint: `its log: ${p.log("ceph-osd")}`,
  });
  if (fresh) {
    say("making the pools");
    await makePools(lab);
    writeFileSync(p.done("ceph"), "");
  }
  say("waiting for the pools");
  await waitFor(
    "Ceph's pools",
    async () => {
      await on(lab, ["rbd", "--id", "cinder", "ls", "volumes"], { timeout: 10_000 });
      return true;
    },
    { seconds: 180, hint: `its logs: ${p.log("ceph-osd")}, ${p.log("ceph-mgr")}` },
  );
}

async function makeMonitor(lab: Lab): Promise<void> {
  const p = paths(lab);
  const c = p.ceph;
  rmSync(c, { recursive: true, force: true });
  for (const dir of ["mon", "mgr", "osd"]) mkdirSync(`${c}/${dir}`, { recursive: true });
  writeSecret(p.cephConf, cephConfig(lab));
  const everything = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"];
  await runInside(lab, [
    "ceph-authtool",
    "-C",
    `${c}/mon.keyring`,
    "--gen-key",
    "-n",
    "mon.",
    "--cap",
    "mon",
    "allow *",
  ]);
  await runInside(lab, [
    "ceph-authtool",
    "-C",
    `${c}/client.admin.keyring`,
    "--gen-key",
    "-n",
    "client.admin",
    ...everything,
  ]);
  // The monitor's first keyring also names the admin, whom nobody could make otherwise.
  cpSync(`${c}/mon.keyring`, `${c}/first.keyring`);
  await runInside(lab, ["ceph-authtool", `${c}/first.keyring`, "--import-keyring", `${c}/client.admin.keyring`]);
  const address = `[v2:${lab.address}:3300,v1:${lab.address}:6789]`;
  await runInside(lab, [
    "monmaptool",
    "--create",
    "--clobber",
    "--fsid",
    CEPH_FSID,
    "--addv",
    "a",
    address,
    `${c}/monmap`,
  ]);
  await on(lab, ["ceph-mon", "--mkfs", "-i", "a", "--monmap", `${c}/monmap`, "--keyring", `${c}/first.keyring`]);
  rmSync(`${c}/first.keyring`);
}

async function makeManagerAndOsd(lab: Lab): Promise<void> {
  const c = paths(lab).ceph;
  const manager = ["mon", "allow profile mgr", "osd", "allow *", "mds", "allow *"];
  await on(lab, ["ceph", "auth", "get-or-create", "mgr.x", ...manager, "-o", `${c}/mgr.x.keyring`]);
  const uuid = randomUUID();
  const key = await runInside(lab, ["ceph-authtool", "--gen-print-key"]);
  await on(lab, ["ceph", "osd", "new", uuid, "-i", "-"], { input: JSON.stringify({ cephx_secret: key }) });
  writeSecret(`${c}/osd.0.keyring`, `[osd.0]\n\tkey = ${key}\n`);
  await on(lab, ["ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", uuid]);
}

async function makePools(lab: Lab): Promise<void> {
  const c = paths(lab).ceph;
  for (const pool of ["volumes", "images", "vms"]) {
    await on(lab, ["ceph", "osd", "pool", "create", pool, "8", "8", "replicated"]);
    await on(lab, ["rbd", "pool", "init", pool]);
  }
  const user = (name: string, osd: string, manager: string): Promise<string> =>
    on(lab, [
      ...["ceph", "auth", "get-or-create", `client.${name}`, "mon", "profile rbd"],
      ...["osd", osd, "mgr", manager, "-o", `${c}/client.${name}.keyring`],
    ]);
  await user("glance", "profile rbd pool=images", "profile rbd pool=images");
  // Reading images is what lets Cinder clone them, and Nova, whose local disks lie in `vms` if a host's images_type is rbd.
  const own = "profile rbd pool=volumes, profile rbd pool=vms";
  await user("cinder", `${own}, profile rbd-read-only pool=images`, own);
}
