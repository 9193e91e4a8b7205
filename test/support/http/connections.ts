import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { CloudConfig } from "../../../openstack/auth/cloud-config.ts";
import { connectionsOf, type WireRequest } from "../../../openstack/http/transport.ts";
import { mockCloud } from "./mock-cloud.ts";

let open: Server[] = [];

/** Lets a server listen on a free port of this machine until the test has ended. */
export async function listen(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
afterEach(() => {
  for (const server of open) server.close();
  open = [];
});

/** Files of a certificate for this machine, which is its own authority; made before the tests of a file. */
export function ownCertificate(): { directory: string; cert: string; key: string } {
  const directory = mkdtempSync(join(tmpdir(), "tls-"));
  const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  beforeAll(() => {
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert, ...subject],
      { stdio: "ignore" },
    );
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  return { directory, cert, key };
}

export const config = (authUrl: string, tls: CloudConfig["tls"] = { verify: true }): CloudConfig => ({
  ...mockCloud().config,
  authUrl,
  tls,
});

export const request = (url: string, more: Partial<WireRequest> = {}): WireRequest => ({
  context: { service: "identity", method: "GET", path: "/" },
  url,
  headers: {},
  timeoutMs: 2000,
  ...more,
});

/** Sends one request over connections of its own. */
export async function get(
  url: string,
  tls?: CloudConfig["tls"],
  env: NodeJS.ProcessEnv = {},
  more: Partial<WireRequest> = {},
) {
  const connections = connectionsOf(config(url, tls), env);
  try {
    return await connections.send(request(url, more));
  } finally {
    await connections.close();
  }
}
