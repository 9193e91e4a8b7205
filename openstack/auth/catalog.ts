import type { CloudConfig } from "./cloud-config.ts";
import { CloudConfigError } from "./cloud-config.ts";
import { NoEndpointError } from "../http/errors.ts";
import { CATALOG_TYPES } from "./service-type.ts";
import type { ServiceType } from "./service-type.ts";

/** One service of the catalog. */
export interface CatalogEntry {
  type: string;
  endpoints: { region?: string | undefined; interface: string; url: string }[];
}

type Where = Pick<
  CloudConfig,
  "name" | "source" | "region" | "interfaces" | "endpointOverrides" | "services" | "authUrl"
>;

/**
 * Where a service is, without a slash at the end. Pure.
 *
 * @throws NoEndpointError that names what the catalog does offer
 * @throws CloudConfigError if it is in several regions and none is chosen
 */
export function endpointOf(service: ServiceType, config: Where, catalog: readonly CatalogEntry[]): string {
  const override = config.endpointOverrides[service];
  if (override !== undefined) return override.replace(/\/+$/, "");
  // The catalog's identity endpoint may be one that only the cloud itself reaches; this one has answered before.
  if (service === "identity") return config.authUrl;
  const region = config.services[service]?.region ?? config.region;
  const interfaces = config.services[service]?.interfaces ?? config.interfaces;
  const offered = CATALOG_TYPES[service].flatMap((type) =>
    catalog.filter((entry) => entry.type === type).flatMap(({ endpoints }) => endpoints),
  );
  const there = offered.filter((endpoint) => region === undefined || endpoint.region === region);
  const [via = []] = interfaces
    .map((wanted) => there.filter((endpoint) => endpoint.interface === wanted))
    .filter((endpoints) => endpoints.length > 0);
  const regions = [...new Set(via.map((endpoint) => endpoint.region))];
  if (region === undefined && regions.length > 1) {
    throw new CloudConfigError([
      {
        path: `${config.source}: ${config.name}.region_name`,
        problem: `the cloud has the ${service} service in several regions, and none is chosen`,
        fix: `set region_name there, or OS_REGION_NAME, to one of: ${regions.join(", ")}`,
      },
    ]);
  }
  const [found] = via;
  if (found) return found.url.replace(/\/+$/, "");
  throw new NoEndpointError(missing(service, { region, interfaces }, offered, catalog));
}

/** Why there is no such endpoint, and which setting leads to one. Pure. */
function missing(
  service: ServiceType,
  { region, interfaces }: { region: string | undefined; interfaces: readonly string[] },
  offered: CatalogEntry["endpoints"],
  catalog: readonly CatalogEntry[],
): { problem: string; fix: string } {
  const of = `of the ${service} service`;
  const own = `${service.replaceAll("-", "_")}_endpoint_override`;
  if (catalog.length === 0) {
    return {
      problem: `the token comes without a catalog, so that the endpoint ${of} is not known`,
      fix: "set project_name or project_id below auth:, or OS_PROJECT_NAME: a token for no project has no catalog",
    };
  }
  if (offered.length === 0) {
    const fix = `ask the cloud's operators to add one, or set ${own} in clouds.yaml`;
    return { problem: `the catalog has no endpoint ${of}`, fix };
  }
  const there = offered.filter((endpoint) => region === undefined || endpoint.region === region);
  if (there.length === 0) {
    const regions = unique(offered.map((endpoint) => endpoint.region ?? "no region")).join(", ");
    return {
      problem: `the catalog has no endpoint ${of} in the region ${region ?? ""}, but in: ${regions}`,
      fix: `set OS_REGION_NAME, or region_name or regions in clouds.yaml, to one of these (upper and lower case matter)`,
    };
  }
  const others = unique(there.map((endpoint) => endpoint.interface)).join(", ");
  const where = region === undefined ? "" : ` in the region ${region}`;
  return {
    problem: `the catalog has no ${interfaces.join(" or ")} endpoint ${of}${where}, but: ${others}`,
    fix: `set interface in clouds.yaml, or OS_INTERFACE, to one of these, or ${own} in clouds.yaml`,
  };
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];
