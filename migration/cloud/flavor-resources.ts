import { known, unknown, type Known, type ServerFacts } from "./snapshot.ts";

/** Extra specs that change what Placement is asked for, or of whom. */
const SPECIAL = /^(resources[\w-]*:|trait[\w-]*:|hw:|pci_passthrough:|accel:|group_policy)/;

/**
 * What Placement is asked for a server of a flavor, by resource class: MiB for memory, GiB for disk, the root disk only
 * if it boots from an image (nova/scheduler/utils.py at 33.0.2). Unknown for flavors whose extra specs ask for more. Pure.
 *
 * @example flavorResources(small, null) // { known: true, value: { VCPU: 1, MEMORY_MB: 2048 } }
 */
export function flavorResources(flavor: ServerFacts["flavor"], image: string | null): Known<Record<string, number>> {
  const { extraSpecs } = flavor;
  if (extraSpecs === undefined) return unknown("this user may not see the flavor's extra specs");
  const special = Object.keys(extraSpecs).filter((spec) => SPECIAL.test(spec));
  if (special.length > 0) return unknown(`the flavor asks for ${special.join(", ")}: seen when the server is moved`);
  const disk = (image === null ? 0 : flavor.rootGiB) + flavor.ephemeralGiB + Math.ceil(flavor.swapMiB / 1024);
  return known({ VCPU: flavor.vcpus, MEMORY_MB: flavor.ramMiB, ...(disk > 0 && { DISK_GB: disk }) });
}
