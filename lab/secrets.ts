/** Passwords of one lab: random, made once, kept in a file that only root reads. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { z } from "zod";
import { writeSecret } from "./files.ts";
import { paths } from "./paths.ts";
import type { Lab } from "./settings.ts";

/** Accounts of the services in Keystone, each with its own password. */
export const SERVICE_USERS = ["nova", "cinder", "glance", "placement", "neutron"] as const;
export type ServiceUser = (typeof SERVICE_USERS)[number];

const schema = z.object({
  admin: z.string(),
  user: z.string(),
  rabbit: z.string(),
  nova: z.string(),
  cinder: z.string(),
  glance: z.string(),
  placement: z.string(),
  neutron: z.string(),
});
export type Secrets = z.infer<typeof schema>;

/** Hexadecimal: safe in every config format and URL, and below bcrypt's limit of 72 characters. */
const password = (): string => randomBytes(16).toString("hex");

/** The lab's passwords; made now if there are none. */
export function loadSecrets(lab: Lab): Secrets {
  const file = paths(lab).secrets;
  if (existsSync(file)) return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  const secrets = Object.fromEntries(Object.keys(schema.shape).map((key) => [key, password()])) as Secrets;
  mkdirSync(lab.stateDir, { recursive: true, mode: 0o700 });
  writeSecret(file, JSON.stringify(secrets, undefined, 2));
  return secrets;
}
