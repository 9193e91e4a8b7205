/** clouds.yaml: `lab` is the admin, `lab-user` may use what everybody may use. */
import { stringify } from "yaml";
import type { Secrets } from "../secrets.ts";
import type { Lab } from "../settings.ts";
import { authUrl, REGION } from "./common.ts";

export function clouds(lab: Lab, secrets: Secrets): string {
  const cloud = (username: string, password: string): object => ({
    auth: {
      auth_url: authUrl(lab),
      username,
      password,
      project_name: username,
      user_domain_name: "Default",
      project_domain_name: "Default",
    },
    region_name: REGION,
    identity_api_version: 3,
  });
  return stringify({ clouds: { lab: cloud("admin", secrets.admin), "lab-user": cloud("demo", secrets.user) } });
}
