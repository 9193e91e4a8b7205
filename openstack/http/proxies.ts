import { BlockList, isIP } from "node:net";
import { CloudConfigError } from "../auth/cloud-config.ts";

/** An HTTP proxy of the environment. */
export interface Proxy {
  /** With user and password, if it has them. */
  url: URL;
  /** For messages, such as `http://proxy.example.org:3128 (https_proxy)`: no password. */
  label: string;
}

/**
 * The proxy for a URL, as python-requests chooses it: the variable of the URL's scheme, else `all_proxy`; lower-case names
 * first, an empty one means no proxy. Pure.
 *
 * @returns undefined if no proxy is set, or `no_proxy` covers the host
 * @throws CloudConfigError that does not show the variable's value: it may hold a password
 */
export function proxyFor(target: URL, env: NodeJS.ProcessEnv): Proxy | undefined {
  if (isCovered(target, env["no_proxy"] || env["NO_PROXY"] || "")) return undefined;
  for (const name of [`${target.protocol.slice(0, -1)}_proxy`, "all_proxy"]) {
    const variable = env[name] === undefined ? name.toUpperCase() : name;
    const value = env[variable];
    if (value) return parseProxy(variable, value);
  }
  return undefined;
}

function parseProxy(variable: string, value: string): Proxy {
  // Without a scheme it is http, as for python-requests.
  const text = value.includes("://") ? value : `http://${value}`;
  try {
    const url = new URL(text);
    decodeURIComponent(url.username + url.password);
    // A `/` in a password ends the host before it, which would then be shown.
    const isCutOff = `${url.pathname}${url.search}${url.hash}`.includes("@");
    if (/^https?:$/.test(url.protocol) && !isCutOff) return { url, label: `${url.origin} (${variable})` };
  } catch {
    // Reported below.
  }
  throw new CloudConfigError([
    {
      path: variable,
      problem: "is not the URL of an http or https proxy",
      fix:
        "use a URL such as http://proxy.example.org:3128, with special characters of its password encoded (/ as %2F); " +
        "or unset the variable; or add the cloud's hosts to no_proxy",
    },
  ]);
}

/**
 * Whether `no_proxy` covers the host of a URL. As curl and python-requests: host names with all names below them, IP
 * addresses, CIDR blocks, each but CIDR with or without a port; `*` alone covers every host. Where the two differ: blanks
 * separate entries too, and `example.org` does not cover `notexample.org` (curl's rules). Pure.
 */
export function isCovered({ hostname, port, protocol }: URL, noProxy: string): boolean {
  if (noProxy.trim() === "*") return true;
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const hostPort = port || (protocol === "https:" ? "443" : "80");
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const { name = entry, port: entryPort = hostPort } =
        isIP(entry) === 6 ? {} : (/^(?<name>\[.*\]|[^:]*)(?::(?<port>\d+))?$/.exec(entry)?.groups ?? {});
      return entryPort === hostPort && coversHost(name.replace(/^\[|\]$/g, ""), host);
    });
}

function coversHost(entry: string, host: string): boolean {
  const family = isIP(host);
  if (family === 0) {
    const name = entry.replace(/^\.+|\.$/g, "");
    return name !== "" && (host === name || host.endsWith(`.${name}`));
  }
  const [network = "", bits = family === 4 ? "32" : "128"] = entry.split("/");
  if (isIP(network) !== family || !/^[1-9]\d{0,2}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const block = new BlockList();
  block.addSubnet(network, Number(bits), type);
  return block.check(host, type);
}
