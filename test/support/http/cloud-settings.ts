import { CloudConfigError, resolveCloud } from "../../../openstack/auth/clouds-config.ts";
import type { CloudConfig, CloudSelection, CloudSources } from "../../../openstack/auth/clouds-config.ts";
import type { Problem } from "../../../openstack/problems.ts";

/** The settings below `auth:` of a cloud that is complete. */
export const auth = {
  auth_url: "http://keystone:5000/v3",
  username: "admin",
  password: "s3cret",
  project_name: "prod",
  user_domain_name: "Default",
  project_domain_name: "Default",
};

/** The same without some of them. */
export const without = (...keys: string[]) =>
  Object.fromEntries(Object.entries(auth).filter(([key]) => !keys.includes(key)));

export const file = (clouds: Record<string, unknown>) => ({ path: "clouds.yaml", content: { clouds } });

/** The cloud that these files and variables lead to. */
export const resolve = (sources: Partial<CloudSources>, selection: CloudSelection = {}): CloudConfig =>
  resolveCloud({ environment: {}, searched: ["/etc/openstack/clouds.yaml"], ...sources }, selection);

/** The same, for a clouds.yaml with one cloud. */
export const one = (settings: Record<string, unknown>, environment: CloudSources["environment"] = {}): CloudConfig =>
  resolve({ clouds: file({ prod: settings }), environment });

/** The problems that reading it ends with. */
export function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
  } catch (error) {
    if (error instanceof CloudConfigError) return error.problems;
    throw error;
  }
  throw new Error("no problem was found");
}
