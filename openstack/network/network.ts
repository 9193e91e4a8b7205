import * as z from "zod/mini";
import { fields, optional, optionalTime, type Skipped } from "../http/answer.ts";
import { segment } from "../../text/url.ts";
import { collect, type Source } from "../http/paging.ts";

/** A Neutron port. `undefined`: not visible to this user. */
export const portSchema = fields({
  id: z.string(),
  /** The server's id. */
  deviceId: ["device_id", z._default(optional(z.string()), "")],
  /** Such as `ACTIVE`, `DOWN`, `BUILD`. */
  status: z.string(),
  macAddress: ["mac_address", optional(z.string())],
  networkId: ["network_id", optional(z.string())],
  /** The host that the port is wired to. Administrators only. */
  bindingHostId: ["binding:host_id", optional(z.string())],
  /** Such as `bridge`, `ovs`, `binding_failed`. Administrators only. */
  bindingVifType: ["binding:vif_type", optional(z.string())],
  /** Such as `normal`, `direct`, `vdpa`. */
  vnicType: ["binding:vnic_type", optional(z.string())],
});
export type Port = z.output<typeof portSchema>;

/** A binding of a port to a host. A port has one ACTIVE binding; a migration adds an INACTIVE one for its destination. */
export const portBindingSchema = fields({ host: z.string(), status: z.string() });
export type PortBinding = z.output<typeof portBindingSchema>;

/** A Neutron agent of a host. Networks that need none have none. */
export const agentSchema = fields({
  id: z.string(),
  /** Such as `neutron-openvswitch-agent`. */
  binary: z.string(),
  host: z.string(),
  alive: z.boolean(),
  /** Whether an operator wants it. */
  adminStateUp: ["admin_state_up", z._default(optional(z.boolean()), true)],
  heartbeatAt: ["heartbeat_timestamp", optionalTime],
});
export type Agent = z.output<typeof agentSchema>;

/** Neutron. */
export class Network {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Catalogs differ in whether Neutron's endpoint has the version in it. */
  async #path(path: string): Promise<string> {
    return /\/v2\.0$/.test(await this.#source.session.endpoint("network")) ? path : `/v2.0${path}`;
  }

  /** Ports of one or several servers, or all that this user may see. */
  async getPorts(options: { deviceId?: string | readonly string[]; skipped?: Skipped[] } = {}): Promise<Port[]> {
    const { deviceId, ...list } = options;
    const path = await this.#path("/ports");
    const request = { method: "GET", path, query: { device_id: deviceId } } as const;
    return collect(this.#source, "network", request, "ports", portSchema, list);
  }

  /**
   * All bindings of a port. Administrators only, by Neutron's default policy (`get_port_binding`).
   *
   * @throws HttpError with status 404 where Neutron lacks the extension `binding-extended`
   */
  async getPortBindings(portId: string): Promise<PortBinding[]> {
    const path = await this.#path(`/ports/${segment(portId)}/bindings`);
    return collect(this.#source, "network", { method: "GET", path }, "bindings", portBindingSchema);
  }

  /** Agents of all hosts, or of one. Administrators only, by Neutron's default policy (`get_agent`). */
  async getAgents(options: { host?: string; skipped?: Skipped[] } = {}): Promise<Agent[]> {
    const { host, ...list } = options;
    const path = await this.#path("/agents");
    return collect(this.#source, "network", { method: "GET", path, query: { host } }, "agents", agentSchema, list);
  }

  /** The URL of one binding of a port, for a command that a person copies. */
  async portBindingUrl(portId: string, host: string): Promise<string> {
    const path = await this.#path(`/ports/${segment(portId)}/bindings/${segment(host)}`);
    return `${(await this.#source.session.endpoint("network")).replace(/\/$/, "")}${path}`;
  }
}
