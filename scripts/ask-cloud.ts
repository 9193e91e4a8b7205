import { toCloudLost } from "../migration/cloud/openstack-cloud.ts";
import { CloudConfigError, type CloudSelection } from "../openstack/auth/clouds-config.ts";
import { connect, type Cloud } from "../openstack/cloud.ts";
import { OpenStackError } from "../openstack/http/errors.ts";
import { linesToStderr } from "../text/print.ts";

/** Prints why the command cannot continue, and exits. */
export function fail(text: string, exitCode: number): never {
  linesToStderr(text);
  process.exit(exitCode);
}

/** Connects, asks and disconnects. Exits 2 if the settings of the cloud are wrong, and 7 if it does not answer. */
export async function askCloud<T>(selection: CloudSelection, ask: (cloud: Cloud) => Promise<T>): Promise<T> {
  try {
    const cloud = await connect(selection, { onSkipped: linesToStderr });
    return await ask(cloud).finally(() => cloud.session.close());
  } catch (error) {
    if (error instanceof CloudConfigError) fail(error.message, 2);
    if (error instanceof OpenStackError) fail(toCloudLost(error).message, 7);
    throw error;
  }
}
