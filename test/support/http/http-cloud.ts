import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { fixture } from "../../unit/openstack/fixture.ts";
import { MOCK_PROJECT, MOCK_USER } from "./mock-cloud.ts";
import { MOVED } from "./mock-move.ts";

type Json = Record<string, unknown>;
const SERVICES = {
  identity: "identity",
  compute: "compute",
  volumev3: "block-storage",
  placement: "placement",
  network: "network",
};

/**
 * The recorded Zed cloud on 127.0.0.1, for commands that are processes of their own: its one server, and the volumes
 * and networks of that, have the names given. Calls that are not scripted get 404.
 *
 * @returns the environment that leads a command to it, and how to end it
 */
export async function httpCloud(folder: string, names: { server: string; volume: string; network: string }) {
  const { server } = fixture("server-2.93") as { server: Json & { addresses: Json } };
  const shown = { ...server, name: names.server, addresses: { [names.network]: Object.values(server.addresses)[0] } };
  const volumes = (fixture("volumes-3.70") as { volumes: Json[] }).volumes.map((volume) =>
    volume["bootable"] === "true" ? volume : { ...volume, name: names.volume },
  );
  const answers: Record<string, unknown> = {
    "GET /compute/": { versions: [{ id: "v2.1", version: "2.93", min_version: "2.1" }] },
    "GET /compute/v2.1/": { version: { id: "v2.1", version: "2.93", min_version: "2.1" } },
    "GET /block-storage/v3/": { versions: [{ id: "v3.0", version: "3.70", min_version: "3.0" }] },
    "GET /block-storage/": { versions: [{ id: "v3.0", version: "3.70", min_version: "3.0" }] },
    "GET /placement/": { versions: [{ id: "v1.0", version: "1.39", max_version: "1.39", min_version: "1.0" }] },
    [`GET /compute/v2.1/servers/${MOVED}`]: { server: shown },
    "GET /compute/v2.1/servers/detail": { servers: [shown] },
    [`GET /compute/v2.1/servers/${MOVED}/os-volume_attachments`]: fixture("volume-attachments-2.93"),
    "GET /compute/v2.1/os-aggregates": fixture("aggregates-2.93"),
    "GET /compute/v2.1/os-services": fixture("services-2.93"),
    "GET /compute/v2.1/os-hypervisors/detail": fixture("hypervisors-2.87"),
    "GET /compute/v2.1/os-migrations": { migrations: [] },
    "GET /compute/v2.1/os-server-groups": { server_groups: [] },
    [`GET /block-storage/v3/${MOCK_PROJECT}/attachments/detail`]: fixture("attachments-3.70"),
    "GET /network/v2.0/ports": fixture("ports"),
    "GET /placement/allocation_candidates": fixture("allocation-candidates-1.39"),
    ...Object.fromEntries(
      volumes.map((volume) => [`GET /block-storage/v3/${MOCK_PROJECT}/volumes/${String(volume["id"])}`, { volume }]),
    ),
  };
  const listener = createServer((request, response) => {
    const { port } = listener.address() as AddressInfo;
    const base = `http://127.0.0.1:${port}`;
    const path: Record<string, string> = { compute: "/v2.1", "block-storage": `/v3/${MOCK_PROJECT}`, identity: "/v3" };
    const token = {
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      user: { id: MOCK_USER },
      project: { id: MOCK_PROJECT },
      roles: [{ name: "admin" }],
      catalog: Object.entries(SERVICES).map(([type, folderOf]) => ({
        type,
        endpoints: [{ region_id: "RegionOne", interface: "public", url: `${base}/${folderOf}${path[folderOf] ?? ""}` }],
      })),
    };
    const call = `${request.method ?? ""} ${new URL(request.url ?? "/", base).pathname}`;
    const answer = call === "POST /identity/v3/auth/tokens" ? { token } : answers[call];
    request.resume();
    response.writeHead(answer === undefined ? 404 : call.startsWith("POST") ? 201 : 200, {
      "content-type": "application/json",
      "x-subject-token": "token",
    });
    response.end(JSON.stringify(answer ?? { itemNotFound: { message: `nothing is scripted for ${call}` } }));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const clouds = {
    clouds: {
      prod: {
        region_name: "RegionOne",
        auth: {
          auth_url: `http://127.0.0.1:${port}/identity/v3`,
          ...{ username: "admin", password: "mock-pass", project_name: "admin" },
          ...{ user_domain_name: "Default", project_domain_name: "Default" },
        },
      },
    },
  };
  const file = `${folder}/clouds.yaml`;
  writeFileSync(file, JSON.stringify(clouds));
  return {
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, OS_CLIENT_CONFIG_FILE: file, OS_CLOUD: "prod" },
    close: () =>
      new Promise<void>((resolve) => {
        listener.closeAllConnections();
        listener.close(() => {
          resolve();
        });
      }),
  };
}
