import { tls } from "./builtins.ts";
import type { CloudConfig } from "./cloud-config.ts";
import { direct, type TlsSettings } from "./direct.ts";
import { proxiesOf, type Proxies } from "./proxies.ts";
import { readTlsFiles } from "./tls-files.ts";
import type { Connections } from "./wire.ts";

/** Node trusts its own list only; an operator's certificate authority is usually in the system's. */
function systemCertificates(): string[] {
  const { getCACertificates } = tls();
  return [...getCACertificates("default"), ...getCACertificates("system")];
}

/**
 * Makes the connections of one cloud: kept alive, through the proxies of the environment, with its TLS settings.
 *
 * @throws CloudConfigError if a certificate file cannot be read
 */
export function connectionsOf(config: CloudConfig, env: NodeJS.ProcessEnv = process.env): Connections {
  const { verify } = config.tls;
  const files = readTlsFiles(config.tls, `${config.source}: ${config.name}`);
  const settings = (): TlsSettings => ({
    rejectUnauthorized: verify,
    ...(verify && files.ca === undefined && { ca: systemCertificates() }),
    ...files,
  });
  const proxies = proxiesOf(env, config.authUrl.startsWith("https:"));
  return proxies ? throughProxies(config, settings, proxies) : direct(config.timeouts.connectMs, settings);
}

/** What that needs is loaded for the first request. */
function throughProxies(config: CloudConfig, settings: () => TlsSettings, proxies: Proxies): Connections {
  let made: Promise<Connections> | undefined;
  const make = async () => (await import("./proxied.ts")).proxied(config, settings(), proxies);
  return {
    send: async (request) => await (await (made ??= make())).send(request),
    close: async () => await (await made)?.close(),
  };
}
