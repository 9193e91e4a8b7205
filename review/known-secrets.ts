import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { redactor, secretsOfClouds, secretsOfEnvironment, type Redactor } from "./redact.ts";

/** Hides the secrets that this job was given, by its variables and its clouds.yaml, and all that looks like one. */
export async function ownRedactor(env: NodeJS.ProcessEnv): Promise<Redactor> {
  return redactor([...secretsOfEnvironment(env), ...secretsOfClouds(await cloudsFile(env))]);
}

/** Where the `openstack` client looks, too. */
async function cloudsFile(env: NodeJS.ProcessEnv): Promise<string> {
  const places = [
    env["OS_CLIENT_CONFIG_FILE"],
    "clouds.yaml",
    join(env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "openstack", "clouds.yaml"),
    "/etc/openstack/clouds.yaml",
  ];
  for (const file of places.filter((place) => place !== undefined)) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text !== "") return text;
  }
  return "";
}
