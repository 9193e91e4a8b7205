/** What every lab holds from the start: flavors, the provider network, the image. */
import { rmSync, writeFileSync } from "node:fs";
import { PHYSICAL_NETWORK } from "./config/common.ts";
import { networkingOf } from "./networking/index.ts";
import { imageRecipe, keyedImage } from "./guest-image.ts";
import { paths } from "./paths.ts";
import { Api } from "./rest.ts";
import type { Lab } from "./settings.ts";

/** RAM in MiB; disk 0: servers boot from volumes. */
const FLAVORS = [
  { name: "m1.nano", vcpus: 1, ram: 128, disk: 0 },
  { name: "m1.duo", vcpus: 2, ram: 256, disk: 0 },
];
export const IMAGE = "guest";
export const NETWORK = "flat";

/** Makes what is missing; everything but the image. */
export async function seed(lab: Lab, api: Api): Promise<void> {
  await Promise.all([flavors(api), network(lab, api), zones(lab, api)]);
}

async function flavors(api: Api): Promise<void> {
  const have = await api.call<{ flavors: { name: string }[] }>("compute", "GET", "/flavors?is_public=None");
  for (const flavor of FLAVORS)
    if (!have.flavors.some(({ name }) => name === flavor.name))
      await api.call("compute", "POST", "/flavors", { flavor });
}

/** What every project's default group lets in: what people and tests look at a guest with. */
const ALLOWED = [
  { direction: "ingress", ethertype: "IPv4", protocol: "icmp" },
  { direction: "ingress", ethertype: "IPv4", protocol: "tcp", port_range_min: "22", port_range_max: "22" },
];

const IN_DEFAULT = { used_in_default_sg: true, used_in_non_default_sg: false };

/** Before the first group is made: a group gets the rules that are there at that moment. */
async function defaultGroups(api: Api): Promise<void> {
  const path = "/default-security-group-rules";
  const { default_security_group_rules: have } = await api.call<{
    default_security_group_rules: { protocol: string }[];
  }>("network", "GET", path);
  for (const rule of ALLOWED)
    if (!have.some(({ protocol }) => protocol === rule.protocol))
      await api.call("network", "POST", path, { default_security_group_rule: { ...rule, ...IN_DEFAULT } });
}

async function network(lab: Lab, api: Api): Promise<void> {
  if (networkingOf(lab).portSecurity) await defaultGroups(api);
  const have = await api.call<{ networks: { id: string; subnets: string[] }[] }>(
    "network",
    "GET",
    `/networks?name=${NETWORK}`,
  );
  let found = have.networks[0];
  if (!found) {
    const body = {
      name: NETWORK,
      shared: true,
      "provider:network_type": "flat",
      "provider:physical_network": PHYSICAL_NETWORK,
      port_security_enabled: networkingOf(lab).portSecurity,
    };
    found = (
      await api.call<{ network: { id: string; subnets: string[] } }>("network", "POST", "/networks", { network: body })
    ).network;
  }
  if (found.subnets.length > 0) return;
  const net = lab.providerNetwork;
  await api.call("network", "POST", "/subnets", {
    subnet: {
      network_id: found.id,
      name: NETWORK,
      ip_version: 4,
      cidr: `${net}.0/24`,
      gateway_ip: `${net}.1`,
      allocation_pools: [{ start: `${net}.20`, end: `${net}.250` }],
    },
  });
}

/** The zones asked for at `up`; the guest profile has none, the Pulumi program declares them. */
async function zones(lab: Lab, api: Api): Promise<void> {
  const have = await api.call<{ aggregates: { id: number; name: string; hosts: string[] }[] }>(
    "compute",
    "GET",
    "/os-aggregates",
  );
  for (const [zone, hosts] of Object.entries(lab.zones)) {
    const aggregate =
      have.aggregates.find(({ name }) => name === zone) ??
      (
        await api.call<{ aggregate: { id: number; name: string; hosts?: string[] } }>(
          "compute",
          "POST",
          "/os-aggregates",
          {
            aggregate: { name: zone, availability_zone: zone },
          },
        )
      ).aggregate;
    for (const host of hosts)
      if (!aggregate.hosts?.includes(host))
        await api.call("compute", "POST", `/os-aggregates/${aggregate.id}/action`, { add_host: { host } });
  }
}

interface Image {
  id: string;
  status: string;
  lab_recipe?: string;
}

/**
 * Uploads the guest image, unless the one there is whole and made by the present recipe and for the present key.
 * An older one may have volumes cloned from it: it keeps its data and loses its name.
 */
export async function image(lab: Lab, api: Api): Promise<void> {
  const guest = lab.profile === "guest";
  const recipe = guest ? await imageRecipe(lab) : "empty";
  const { images } = await api.call<{ images: Image[] }>("image", "GET", `/images?name=${IMAGE}`);
  if (images.some(({ status, lab_recipe: had }) => status === "active" && had === recipe)) return;
  for (const { id, status } of images) {
    // What a killed upload left has no data.
    if (status !== "active") await api.call("image", "DELETE", `/images/${id}`);
    else
      await api.patch("image", `/images/${id}`, [
        { op: "replace", path: "/name", value: `${IMAGE}-${id.slice(0, 8)}` },
      ]);
  }
  const made = await api.call<{ id: string }>("image", "POST", "/images", {
    name: IMAGE,
    disk_format: "raw",
    container_format: "bare",
    visibility: "public",
    lab_recipe: recipe,
  });
  const file = guest ? await keyedImage(lab) : emptyImage(lab);
  try {
    await api.upload(made.id, file);
  } finally {
    rmSync(file);
  }
}

/** The fleet's servers never read theirs. */
function emptyImage(lab: Lab): string {
  const file = `${paths(lab).run}/empty.raw`;
  writeFileSync(file, Buffer.alloc(1024 ** 2));
  return file;
}
