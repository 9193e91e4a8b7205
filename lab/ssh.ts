/** Ssh between the hosts of the guest profile: each may enter the others as root, and nobody else may. */
import { existsSync, readFileSync } from "node:fs";
import { writeSecret } from "./files.ts";
import { paths } from "./paths.ts";
import type { Host, Lab } from "./settings.ts";
import { runInside } from "./tree/enter.ts";

/** Host keys are new with each lab. Its network is its own, so nothing is lost by trusting them. */
const CONFIG = `Host *
  IdentityFile /root/.ssh/id
  IdentitiesOnly yes
  BatchMode yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
`;

/** Makes the key that all hosts of the lab share, if there is none. */
export async function hostsKey(lab: Lab): Promise<void> {
  const key = paths(lab).hostsKey;
  if (existsSync(key) && existsSync(`${key}.pub`)) return;
  await runInside(lab, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", `${lab.prefix} hosts`, "-f", key]);
}

/** Writes what is mounted over a host's /root/.ssh. */
export async function prepareSsh(lab: Lab, host: Host): Promise<void> {
  const { hostsKey: key, host: folder } = paths(lab);
  const dir = `${folder(host.name)}/root-ssh`;
  writeSecret(`${dir}/id`, readFileSync(key, "utf8"));
  writeSecret(`${dir}/authorized_keys`, readFileSync(`${key}.pub`, "utf8"));
  writeSecret(`${dir}/config`, CONFIG);
  if (existsSync(`${dir}/host_key`)) return;
  await runInside(lab, ["dropbearkey", "-t", "ed25519", "-f", `${dir}/host_key`]);
}
