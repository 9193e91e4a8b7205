/** Packages that are downloaded by apt and unpacked, not installed. */
import { readdirSync, rmSync } from "node:fs";
import { LabError, run } from "./shell.ts";

/**
 * Downloads a package and unpacks it into `to`.
 * @param from.version exact version; the newest if the mirror no longer has it, or if left out
 * @param from.options of apt-get, besides
 */
export async function unpack(
  work: string,
  to: string,
  name: string,
  { version, options: given = [] }: { version?: string; options?: readonly string[] } = {},
): Promise<void> {
  // Root's own sandbox user cannot write here, and root need not be told so.
  const options = [...given, "-q", "-o", "APT::Sandbox::User=root", "download"];
  const tries = version ? [`${name}=${version}`, name] : [name];
  for (const [i, what] of tries.entries()) {
    try {
      await run("apt-get", [...options, what], { cwd: work, env: proxies() });
      break;
    } catch (error) {
      if (i === tries.length - 1) throw error;
    }
  }
  const file = readdirSync(work).find((entry) => entry.startsWith(`${name}_`) && entry.endsWith(".deb"));
  if (file === undefined) throw new LabError(`apt-get download ${name} left no file in ${work}`);
  await run("dpkg-deb", ["-x", `${work}/${file}`, to]);
  rmSync(`${work}/${file}`);
}

/** The caller's proxies, for apt and its like alone. */
export function proxies(): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
