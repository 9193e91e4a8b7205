/** The services that the client speaks to, by their official types. */
export type ServiceType = "identity" | "compute" | "block-storage" | "placement" | "network" | "image";

export const SERVICE_TYPES: readonly ServiceType[] = [
  "identity",
  "compute",
  "block-storage",
  "placement",
  "network",
  "image",
];

/** What catalogs call each service, the official name first: old clouds list Cinder under `volumev3`. */
export const CATALOG_TYPES: Readonly<Record<ServiceType, readonly string[]>> = {
  identity: ["identity"],
  compute: ["compute"],
  "block-storage": ["block-storage", "volumev3", "block-store", "volume"],
  placement: ["placement"],
  network: ["network"],
  image: ["image"],
};
