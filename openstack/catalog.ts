import type { CloudConfig } from "./cloud-config.ts";
import { NoEndpointError } from "./errors.ts";
import { CATALOG_TYPES } from "./service-type.ts";
import type { ServiceType } from "./service-type.ts";

/** One service of the catalog. */
export interface CatalogEntry {
  type: string;
  endpoints: { region?: string | undefined; interface: string; url: string }[];
}

type Where = Pick<CloudConfig, "region" | "interface" | "endpointOverrides" | "services" | "authUrl">;

/**
 * Where a service is, without a slash at the end. Pure.
 *
 * @throws NoEndpointError that names what the catalog does offer
 */
export function endpointOf(service: ServiceType, config: Where, catalog: readonly CatalogEntry[]): string {
  const override = config.endpointOverrides[service];
  if (override !== undefined) return override.replace(/\/+$/, "");
  // The catalog's identity endpoint may be one that only the cloud itself reaches; this one has answered before.
  if (service === "identity") return config.authUrl;
  const region = config.services[service]?.region ?? config.region;
  const via = config.services[service]?.interface ?? config.interface;
  const offered = CATALOG_TYPES[service].flatMap((type) =>
    catalog.filter((entry) => entry.type === type).flatMap(({ endpoints }) => endpoints),
  );
  const found = offered.find(
    (endpoint) => endpoint.interface === via && (region === undefined || endpoint.region === region),
  );
  if (found) return found.url.replace(/\/+$/, "");
  throw new NoEndpointError(
    service,
    { region, interface: via },
    offered.map((endpoint) => `${endpoint.interface} in ${endpoint.region ?? "no region"}`),
  );
}
