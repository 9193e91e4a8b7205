/** What Pulumi shows besides the messages of the engine, wrong arguments and refused changes. */

import { codesOf, filler, textsOf, type Catalogue, type V } from "../migration/catalogue.ts";

/**
 * What a text does for its reader: `mend`: it says what to do; `note`: there is nothing to do; `part`: it fills another
 * text, which says what to do.
 */
export type TextKind = "mend" | "note" | "part";

interface Entry<Text> {
  kind: TextKind;
  text: Text;
}
const entry =
  (kind: TextKind) =>
  <Text extends Catalogue<string>[string]>(text: Text): Entry<Text> => ({ kind, text });
const mend = entry("mend");
const note = entry("note");
const part = entry("part");

const CATALOGUE = {
  // A planned move, and drift.
  "move-not-checked": part(
    ({ target, reason }: V<"target" | "reason">) => `not checked: the move to ${target}: ${reason}`,
  ),
  "place-not-checked": part(
    ({ target, reason }: V<"target" | "reason">) => `not checked: whether it still runs on ${target}: ${reason}`,
  ),
  "cloud-late": mend(
    ({ seconds }: V<"seconds">) =>
      `the cloud did not answer within ${seconds} s; preview again when it does, or let \`pulumi up\` look by itself`,
  ),
  unexpected: mend(({ error }: V<"error">) => `unexpectedly, ${error}; \`pulumi up\` looks by itself before it acts`),
  "drift-ignored": mend(
    ({ place, target }: V<"place" | "target">) =>
      `${drift(place, target)}; nothing is moved (onDrift: warn). Fix: declare the place that it is in, or set onDrift: restore`,
  ),
  away: note(
    ({ place, target, why }: V<"place" | "target" | "why">) =>
      `the server is away: it is on ${place}, because ${why}. It stays there until ${target} is open again; ` +
      `then \`pulumi up\` moves it back (onDrift: restore)`,
  ),
  // The findings that stand in its way follow, each with its fix.
  "drift-stays": part(
    ({ place, target }: V<"place" | "target">) => `${drift(place, target)}, and it cannot be moved back`,
  ),
  "drift-restored": note(
    ({ place, target }: V<"place" | "target">) =>
      `${drift(place, target)}; \`pulumi up\` moves it back (onDrift: restore)`,
  ),
  "drift-restored-anyway": mend(
    ({ place, target, policy }: V<"place" | "target" | "policy">) =>
      `${drift(place, target)}; \`pulumi up\` moves it back although onDrift is ${policy}, for another setting of its migration ` +
      "changed, and the engine brings the server to where it is declared. Fix: to leave it there, declare the place that it is in",
  ),
  "drift-not-looked-for": mend(
    ({ reason }: V<"reason">) =>
      `drift is not looked for: the stack's last state cannot be read: ${reason}. Fix: see to the stack's backend, then preview again`,
  ),
  "may-differ": part(
    ({ finding }: V<"finding">) => `${finding} (it may be different by the time of \`up\`, which refuses otherwise)`,
  ),
  // The reason is that of clouds.yaml, with its fix.
  "cloud-unknown": part(
    ({ reason }: V<"reason">) =>
      `not checked: nothing was asked of the cloud, and \`pulumi up\` will refuse: ${reason}`,
  ),
  "plan-not-written": mend(
    ({ folder, reason }: V<"folder" | "reason">) =>
      `the plan could not be written to ${folder}: ${reason}. Fix: set LIVE_MIGRATE_PLANS to a folder that can be written`,
  ),
  "planned-moves": part(() => "the planned moves; nothing was moved"),

  // What came of a move.
  "no-record": mend(
    ({ reason, output }: V<"reason" | "output">) =>
      `live-migrate printed no record of this version (${reason}): ${output}. ` +
      `Fix: install the matching version of this program (\`npm ci\`, \`npm run build\`), then repeat`,
  ),
  "not-checked": part(({ checks, why }: V<"checks" | "why">) => `not checked: ${checks} (${why})`),

  // A server that exists, and its volumes.
  "refused-changes": part(() => "the changes; none of these servers was changed"),
  "other-network": note(
    ({ network }: V<"network">) => `the server is also on network ${network}, which is not declared; it stays as it is`,
  ),
  detached: part(
    ({ volume, id, server, fate }: V<"volume" | "id" | "server" | "fate">) =>
      `${volume} (${id}) is detached from ${server}; ${fate}`,
  ),
  kept: part(() => "it is kept in Cinder"),
  deleted: part(() => "it is deleted, for the server is not protected (protect: false)"),
  "detached-unused": note(({ detached }: V<"detached">) => `${detached}; the guest does not use it`),
  "detached-by-force": note(
    ({ detached, finding }: V<"detached" | "finding">) => `${detached}; ${finding} (forceDetach)`,
  ),
  "although-used": part(({ found }: V<"found">) => `although ${found}`),
  "use-not-checked": part(({ found }: V<"found">) => `not checked: ${found}`),
  "guest-uses-it": part(({ uses }: V<"uses">) => `the guest uses it (${uses})`),
  "guest-may-use-it": part(({ reason }: V<"reason">) => `whether the guest uses it: ${reason}`),
  "nobody-looked": part(() => "nobody looked"),
  "no-guest-access": part(() => "no access to the guest is configured"),
  "no-address": part(() => "the server has no address"),

  // An image, of which only a new volume is made.
  "image-missing": mend(
    ({ image, reason }: V<"image" | "reason">) =>
      `image ${image} was not found: volumes that exist keep what they hold, a new one cannot be made of it ` +
      `(${reason || "no reason was given"}). Fix: name one that \`openstack image list\` has`,
  ),
  "image-not-checked": mend(
    ({ image, reason }: V<"image" | "reason">) =>
      `image ${image} was not checked, for the cloud did not say whether it has one (${reason || "no reason was given"}): ` +
      `volumes that exist keep what they hold, a new one cannot be made of it now. ` +
      `Fix: see to the cloud and its credentials, then preview again`,
  ),
  "in-place-of-image": part(({ image }: V<"image">) => `no image named ${image}`),
  "in-place-of-unchecked-image": part(({ image }: V<"image">) => `image ${image}, which the cloud was not asked for`),

  // Hosts that change their zones.
  "zone-has-servers": mend(
    ({ host, from, to, servers }: V<"host" | "from" | "to" | "servers">) =>
      `${host} cannot go from zone ${from} to ${to} while it has servers (Nova refuses): ` +
      `move ${servers} to other hosts first, in an update of their own`,
  ),
  "zones-cross": mend(
    ({ host, from, to }: V<"host" | "from" | "to">) =>
      `${host} cannot go from zone ${from} to ${to} in this update, since hosts cross between the zones: ` +
      `take the hosts out of their zones in one update, and add them in the next`,
  ),
  "zone-of-others": mend(
    ({ host, from, to }: V<"host" | "from" | "to">) =>
      `${host} is in zone ${from}, which this stack does not declare: remove it there before it can join ${to}`,
  ),
};

const drift = (place: string, target: string) => `drift: the server is on ${place}, not on ${target} as declared`;

export type TextCode = keyof typeof CATALOGUE;
export const TEXT_CODES = codesOf(CATALOGUE);
export const kindOf = (code: TextCode): TextKind => CATALOGUE[code].kind;

/** @example textOf("guest-uses-it", { uses: "mounted on /mnt" }) // "the guest uses it (mounted on /mnt)" */
export const textOf = filler(textsOf(CATALOGUE));
