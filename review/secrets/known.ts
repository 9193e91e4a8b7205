import { CloudConfigError } from "../../openstack/auth/cloud-config.ts";
import { readCloudSources } from "../../openstack/auth/cloud-sources.ts";
import { redactor, secretsIn, secretsOfEnvironment, type Redactor } from "./redact.ts";

/** Hides the secrets that this job was given, by its variables and its clouds.yaml, and all that looks like one. */
export async function ownRedactor(env: NodeJS.ProcessEnv): Promise<Redactor> {
  const { clouds, secure } = await readCloudSources(env).catch((error: unknown) => {
    // A file that is not YAML holds no password that was used.
    if (error instanceof CloudConfigError) return { clouds: undefined, secure: undefined };
    throw error;
  });
  return redactor([...secretsOfEnvironment(env), ...secretsIn(clouds?.content), ...secretsIn(secure?.content)]);
}
