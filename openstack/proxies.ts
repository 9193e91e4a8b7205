import { CloudConfigError } from "./cloud-config.ts";

/** The proxies of the environment; empty: none. */
export interface Proxies {
  http: string;
  https: string;
  /** Which hosts are reached without. */
  none: string;
}

/**
 * The proxies that a cloud is reached through; undefined where there are none for it. Pure.
 *
 * @param secure whether the cloud speaks https: an http proxy is not for that
 * @throws CloudConfigError that does not show them: they may have passwords
 */
export function proxiesOf(env: NodeJS.ProcessEnv, secure: boolean): Proxies | undefined {
  // As everywhere: what is in lower case comes first.
  const given = (name: string) => env[name] ?? env[name.toUpperCase()] ?? "";
  const proxies = { http: address(given("http_proxy")), https: address(given("https_proxy")), none: given("no_proxy") };
  // undici would send https through http_proxy if there is no other; nobody else does.
  if (proxies.https === "" && (secure || proxies.http === "")) return undefined;
  const wrong = (["http", "https"] as const).filter((name) => proxies[name] !== "" && !isProxy(proxies[name]));
  if (wrong.length === 0) return proxies;
  throw new CloudConfigError(
    wrong.map((name) => ({
      path: `${name}_proxy`,
      problem: "is no URL of an http or https proxy",
      fix: "such as http://proxy.example.org:3128; special characters in its password are written as %2F and the like",
    })),
  );
}

/** Without a scheme it is http, as for the `openstack` client. */
const address = (proxy: string) => (proxy === "" || proxy.includes("://") ? proxy : `http://${proxy}`);

function isProxy(proxy: string): boolean {
  if (!URL.canParse(proxy)) return false;
  const { protocol, username, password } = new URL(proxy);
  try {
    decodeURIComponent(username + password);
  } catch {
    return false;
  }
  return /^https?:$/.test(protocol);
}
