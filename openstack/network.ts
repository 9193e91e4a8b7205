import { segment } from "../text/url.ts";
import { isStatus } from "./errors.ts";
import type { JsonReader } from "./json-reader.ts";
import { collect } from "./paging.ts";
import type { ApiRequest } from "./request.ts";
import type { Session } from "./session.ts";

/** A Neutron port. `undefined` means that the cloud does not tell this user. */
export interface Port {
  id: string;
  name: string;
  networkId: string;
  /** The server's id. */
  deviceId: string;
  /** Such as `ACTIVE`, `DOWN`, `BUILD`. */
  status: string;
  macAddress: string;
  fixedIps: { address: string; subnetId: string }[];
  /** The host that the port is wired to. Administrators only. */
  bindingHostId: string | undefined;
  /** Such as `bridge`, `ovs`, `binding_failed`. Administrators only. */
  bindingVifType: string | undefined;
  /** Such as `normal`, `direct`, `vdpa`. */
  vnicType?: string;
}

/** A binding of a port to a host. A port has one ACTIVE binding; a migration adds an INACTIVE one for its destination. */
export interface PortBinding {
  host: string;
  status: string;
}

export interface FloatingIp {
  id: string;
  address: string;
  fixedAddress: string | undefined;
  portId: string | undefined;
}

const readVnicType = (port: JsonReader): Pick<Port, "vnicType"> => {
  const vnicType = port.optionalString("binding:vnic_type");
  return vnicType === undefined ? {} : { vnicType };
};

export const readPort = (port: JsonReader): Port => ({
  ...readVnicType(port),
  id: port.string("id"),
  name: port.optionalString("name") ?? "",
  networkId: port.string("network_id"),
  deviceId: port.optionalString("device_id") ?? "",
  status: port.string("status"),
  macAddress: port.string("mac_address"),
  fixedIps: port
    .objects("fixed_ips")
    .map((ip) => ({ address: ip.string("ip_address"), subnetId: ip.string("subnet_id") })),
  bindingHostId: port.optionalString("binding:host_id"),
  bindingVifType: port.optionalString("binding:vif_type"),
});

const readFloatingIp = (ip: JsonReader): FloatingIp => ({
  id: ip.string("id"),
  address: ip.string("floating_ip_address"),
  fixedAddress: ip.optionalString("fixed_ip_address"),
  portId: ip.optionalString("port_id"),
});

/** Neutron. */
export class Network {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Catalogs differ in whether Neutron's endpoint has the version in it. */
  async #path(path: string): Promise<string> {
    return /\/v2\.0$/.test(await this.#session.endpoint("network")) ? path : `/v2.0${path}`;
  }

  async #list<T>(name: string, query: ApiRequest["query"], key: string, read: (item: JsonReader) => T): Promise<T[]> {
    const path = await this.#path(`/${name}`);
    return collect(this.#session, "network", { method: "GET", path, query }, key, read);
  }

  /** Ports of a server or of several, or all that this user may see. */
  async getPorts(options: { deviceId?: string | readonly string[] } = {}): Promise<Port[]> {
    return this.#list("ports", { device_id: options.deviceId }, "ports", readPort);
  }

  /**
   * All bindings of a port. Administrators only, by Neutron's default policy (`get_port_binding`).
   *
   * @throws HttpError with status 404 where Neutron lacks the extension `binding-extended`
   */
  async getPortBindings(portId: string): Promise<PortBinding[]> {
    return this.#list(`ports/${segment(portId)}/bindings`, {}, "bindings", (binding) => ({
      host: binding.string("host"),
      status: binding.string("status"),
    }));
  }

  /** The URL of one binding of a port, for a command that a person copies. */
  async portBindingUrl(portId: string, host: string): Promise<string> {
    const path = await this.#path(`/ports/${segment(portId)}/bindings/${segment(host)}`);
    return `${(await this.#session.endpoint("network")).replace(/\/$/, "")}${path}`;
  }

  /** Floating addresses of ports, or all that this user may see; none on a cloud without routers. */
  async getFloatingIps(options: { portId?: string | readonly string[] } = {}): Promise<FloatingIp[]> {
    return this.#list("floatingips", { port_id: options.portId }, "floatingips", readFloatingIp).catch(
      (error: unknown) => {
        if (isStatus(error, 404)) return [];
        throw error;
      },
    );
  }
}
