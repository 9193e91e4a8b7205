/**
 * Why a fact is not known, where the cloud itself gives no reason. What to do stands with the finding (finding.ts) or
 * the check (check-texts.ts) that misses it, whose reason this becomes; messages.ts says where all other texts are.
 */

/** The values that fill an entry's text. */
type V<Names extends string> = Record<Names, string>;

const text = <Values>(make: (values: Values) => string) => make;

const CATALOGUE = {
  "service-refuses": text(
    ({ service, status, reason }: V<"service" | "status" | "reason">) => `${service} answers ${status}: ${reason}`,
  ),
  "pin-not-told": text<object>(() => "the compute API tells the pinned zone from 2.96 on"),
  "groups-not-told": text<object>(() => "the compute API tells server groups from 2.71 on"),
  "group-hidden": text(({ id }: V<"id">) => `the server group ${id} is not visible`),
  "policy-unknown": text(
    ({ policy, group }: V<"policy" | "group">) => `the policy ${policy} of ${group} is not known here`,
  ),
  "server-hidden": text(({ id }: V<"id">) => `no server ${id} is among those that this user may see`),
  "spread-resources": text(({ count }: V<"count">) => `the server's resources are spread over ${count} providers`),
  "hypervisor-hidden": text(({ host }: V<"host">) => `no hypervisor of ${host} is visible`),
  "specs-hidden": text<object>(() => "this user may not see the flavor's extra specs"),
  "special-flavor": text(({ specs }: V<"specs">) => `the flavor asks for ${specs}: seen when the server is moved`),
  "volumes-hidden": text(({ volumes }: V<"volumes">) => `Cinder does not show ${volumes} to this user`),
  // Not looked at, for it cannot change what is decided then.
  "not-planned-with": text<object>(() => "planning does not look at it"),
  "not-asked-again": text<object>(() => "not asked again"),
  // Of a volume's disk in the guest.
  "disks-cut": text<object>(() => "the guest's answer is not whole"),
  "no-such-disk": text<object>(() => "no disk in the guest has the volume's serial number"),
  "disk-untold": text<object>(() => "the guest's lsblk does not tell of the disk"),
};

export type FactTextCode = keyof typeof CATALOGUE;
type ValuesOf<Code extends FactTextCode> = Parameters<(typeof CATALOGUE)[Code]>[0];

export const FACT_TEXT_CODES = Object.keys(CATALOGUE) as FactTextCode[];

/** @example because("group-hidden", { id: "5e…" }) // "the server group 5e… is not visible" */
export function because<Code extends FactTextCode>(code: Code, values: ValuesOf<Code>): string {
  return (CATALOGUE[code] as (values: ValuesOf<Code>) => string)(values);
}
