/**
 * Why a fact is not known, where the cloud itself gives no reason. What to do stands with the finding (finding.ts) or
 * the check (check-texts.ts) that misses it, whose reason this becomes; messages.ts says where all other texts are.
 */

import { codesOf, filler, type Catalogue, type V } from "../catalogue.ts";

const CATALOGUE = {
  "service-refuses": ({ service, status, reason }: V<"service" | "status" | "reason">) =>
    `${service} answers ${status}: ${reason}`,
  "pin-not-told": () => "the compute API tells the pinned zone from 2.96 on",
  "groups-not-told": () => "the compute API tells server groups from 2.71 on",
  "group-hidden": ({ id }: V<"id">) => `the server group ${id} is not visible`,
  "members-hidden": () => "this user may not see where the group's members run",
  "policy-unknown": ({ policy, group }: V<"policy" | "group">) => `the policy ${policy} of ${group} is not known here`,
  "entries-unread": ({ count, first }: V<"count" | "first">) =>
    count === "1" ? `an entry cannot be read: ${first}` : `${count} entries cannot be read, the first of them ${first}`,
  "server-hidden": ({ id }: V<"id">) => `no server ${id} is among those that this user may see`,
  "provider-hidden": ({ provider }: V<"provider">) => `Placement does not show the resource provider ${provider}`,
  "nothing-allocated": () => "Placement holds nothing for the server",
  "no-room-for-all": ({ host, resources }: V<"host" | "resources">) =>
    `Placement finds room for its memory and CPUs on ${host}, but no place for ${resources} beside them`,
  "hypervisor-hidden": ({ host }: V<"host">) => `no hypervisor of ${host} is visible`,
  "specs-hidden": () => "this user may not see the flavor's extra specs",
  "special-flavor": ({ specs }: V<"specs">) => `the flavor asks for ${specs}: seen when the server is moved`,
  "volumes-hidden": ({ volumes }: V<"volumes">) => `Cinder does not show ${volumes} to this user`,
  // Not looked at, for it cannot change what is decided then.
  "not-planned-with": () => "planning does not look at it",
  "not-asked-again": () => "not asked again",
  // Of a volume's disk in the guest.
  "disks-cut": () => "the guest's answer is not whole",
  "no-such-disk": () => "no disk in the guest has the volume's serial number",
  "disk-untold": () => "the guest's lsblk does not tell of the disk",
} satisfies Catalogue<string>;

export type FactTextCode = keyof typeof CATALOGUE;
export const FACT_TEXT_CODES = codesOf(CATALOGUE);

/** @example because("group-hidden", { id: "5e…" }) // "the server group 5e… is not visible" */
export const because = filler(CATALOGUE);
