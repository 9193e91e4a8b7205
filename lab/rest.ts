/** A small client of the lab's own APIs, for seeding and readiness: Keystone's token, the fixed ports, JSON. */
import { createReadStream, statSync } from "node:fs";
import { Readable } from "node:stream";
import { authUrl, PORTS } from "./config/common.ts";
import type { Secrets } from "./secrets.ts";
import { LabError } from "./shell.ts";
import type { Lab } from "./settings.ts";

/** Base paths; Cinder of this age still wants the project in it. */
const BASES = {
  identity: (lab: Lab) => authUrl(lab),
  compute: (lab: Lab) => `http://${lab.address}:${PORTS.nova}/v2.1`,
  placement: (lab: Lab) => `http://${lab.address}:${PORTS.placement}`,
  network: (lab: Lab) => `http://${lab.address}:${PORTS.neutron}/v2.0`,
  image: (lab: Lab) => `http://${lab.address}:${PORTS.glance}/v2`,
  volume: (lab: Lab, project: string) => `http://${lab.address}:${PORTS.cinder}/v3/${project}`,
} as const;
export type ApiName = keyof typeof BASES;

/** Nova's newest in this release; needed for what the server list tells. */
const MICROVERSIONS: Partial<Record<ApiName, string>> = { compute: "compute 2.90", volume: "volume 3.60" };

export class Api {
  private readonly lab: Lab;
  readonly token: string;
  readonly project: string;

  private constructor(lab: Lab, token: string, project: string) {
    this.lab = lab;
    this.token = token;
    this.project = project;
  }

  /** Signs in as the admin. */
  static async admin(lab: Lab, secrets: Secrets): Promise<Api> {
    return Api.as(lab, "admin", secrets.admin);
  }

  /** Signs in as a user of the project of the same name. */
  static async as(lab: Lab, user: string, password: string): Promise<Api> {
    const domain = { id: "default" };
    const body = {
      auth: {
        identity: { methods: ["password"], password: { user: { name: user, domain, password } } },
        scope: { project: { name: user, domain } },
      },
    };
    const response = await fetch(`${authUrl(lab)}/auth/tokens`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const token = response.headers.get("x-subject-token");
    if (!response.ok || token === null) throw new LabError(`Keystone refused ${user}: ${response.status}`);
    const answer = (await response.json()) as { token: { project: { id: string } } };
    return new Api(lab, token, answer.token.project.id);
  }

  /**
   * One request; the answer's JSON.
   * @throws LabError with status and body for anything but success.
   */
  async call<T = unknown>(api: ApiName, method: string, path: string, body?: object): Promise<T> {
    return this.send<T>(api, method, path, body === undefined ? undefined : JSON.stringify(body), "application/json");
  }

  /** Changes an image: Glance takes a list of JSON patches. */
  async patch(api: ApiName, path: string, changes: readonly object[]): Promise<void> {
    const type = "application/openstack-images-v2.1-json-patch";
    await this.send(api, "PATCH", path, JSON.stringify(changes), type);
  }

  /** Uploads an image's data. */
  async upload(image: string, file: string): Promise<void> {
    const data = Readable.toWeb(createReadStream(file));
    await this.send("image", "PUT", `/images/${image}/file`, data, "application/octet-stream", statSync(file).size);
  }

  private async send<T>(
    api: ApiName,
    method: string,
    path: string,
    body: string | ReadableStream | undefined,
    type: string,
    length?: number,
  ): Promise<T> {
    const microversion = MICROVERSIONS[api];
    const response = await fetch(BASES[api](this.lab, this.project) + path, {
      method,
      headers: {
        "X-Auth-Token": this.token,
        "Content-Type": type,
        ...(microversion === undefined ? {} : { "OpenStack-API-Version": microversion }),
        ...(length === undefined ? {} : { "Content-Length": String(length) }),
      },
      ...(body === undefined ? {} : { body, duplex: "half" }),
      signal: AbortSignal.timeout(120_000),
    });
    const text = await response.text();
    if (!response.ok)
      throw new LabError(`${api}: ${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
    return (text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : undefined) as T;
  }
}
