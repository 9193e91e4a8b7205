import { readFileSync } from "node:fs";
import { CloudConfigError } from "../auth/cloud-config.ts";
import type { CloudConfig } from "../auth/cloud-config.ts";
import type { Problem } from "../problems.ts";

/**
 * Reads the certificates and the key that a cloud's settings name.
 *
 * @param source where the settings are
 * @throws CloudConfigError with all that cannot be read
 */
export function readTlsFiles(tls: CloudConfig["tls"], source: string): { ca?: string; cert?: string; key?: string } {
  const problems: Problem[] = [];
  const read = (setting: "cacert" | "cert" | "key"): string | undefined => {
    const path = tls[setting];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      problems.push({
        path: `${source}: ${setting}`,
        value: path,
        problem: `the file cannot be read (${code})`,
        fix: "name a PEM file that this user may read",
      });
      return undefined;
    }
  };
  const [ca, cert, clientKey] = [tls.verify ? read("cacert") : undefined, read("cert"), read("key")];
  if (problems.length > 0) throw new CloudConfigError(problems);
  // As with the `openstack` client, one file may hold both the certificate and its key.
  const key = clientKey ?? cert;
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}
