/** Why a command ends without a record: each message with its fix. */
import { codesOf, filler, type Catalogue, type V } from "./catalogue.ts";

const CATALOGUE = {
  "no-server": ({ wanted }: V<"wanted">) => [
    `no server has the id or name ${wanted} that this user may see`,
    "check its spelling, the cloud and the project",
  ],
  "several-servers": ({ wanted, count, ids }: V<"wanted" | "count" | "ids">) => [
    `${count} servers are named ${wanted}`,
    `use one of ${ids}`,
  ],
  "gone-meanwhile": ({ answer }: V<"answer">) => [answer, "look whether someone deleted it; then run this again"],
  "server-gone": ({ id }: V<"id">) => [
    `server ${id} was deleted while it was being moved or verified`,
    "ask who deleted it",
  ],
  "nothing-in-flight": ({ wanted, intervention, last }: V<"wanted" | "intervention" | "last">) => [
    `no live migration of ${wanted} is in flight: there is nothing to ${intervention}${last}`,
    "look where it is by `live-migrate status`",
  ],
  "migrations-hidden": ({ server, intervention }: V<"server" | "intervention">) => [
    `this user may not see the migrations of server ${server}, so that which one to ${intervention} is not known`,
    "use an account that may (Nova's policy os_compute_api:os-migrations:index; docs/accounts.md)",
  ],
  "intervention-unanswered": ({ intervention, id, answer }: V<"intervention" | "id" | "answer">) => [
    `whether Nova has taken the ${intervention} of migration ${id} is not known, and the migration goes on: ${answer}`,
    "run this again: asked twice, Nova does it once; `live-migrate status` tells how it goes on",
  ],
  "no-destination-yet": ({ id }: V<"id">) => [`migration ${id} has no destination yet`, "try again in a moment"],
  "outcome-unknown": ({ reason }: V<"reason">) => [
    `whether Nova has taken the request is not known, and nothing shows yet: ${reason}`,
    "run this again; it looks first, and moves the server at most once",
  ],
  "not-authorised": ({ answer }: V<"answer">) => [
    answer,
    "check the credentials and roles of this cloud in clouds.yaml or OS_*",
  ],
  "untrusted-certificate": ({ answer }: V<"answer">) => [
    answer,
    "renew the certificate, or set `auth_url` and `cacert` in clouds.yaml to what is there; then run this again",
  ],
  "partial-answer": ({ answer }: V<"answer">) => [
    answer,
    "repair the database of that cell (`nova-manage cell_v2 list_cells` shows it), then run this again: it is safe",
  ],
  "cloud-away": ({ answer }: V<"answer">) => [
    answer,
    "check the network, the endpoint and the service, then run this again: it is safe",
  ],
  "proxy-failed": ({ answer }: V<"answer">) => [
    answer,
    "check the proxy, and its address, user and password in that variable, or add the cloud's hosts to no_proxy; then run this again: it is safe",
  ],
  "same-server": ({ previous }: V<"previous">) => [`this is the same server as ${previous}`, "give it once"],
  "no-folder": () => [
    "this is no folder, and each of several servers gets a file of its own",
    "make it, or name a folder that there is",
  ],
  "given-twice": ({ previous }: V<"previous">) => [`It is given twice, as ${previous} before`, "give it once."],
  "not-writable": ({ folder, code }: V<"folder" | "code">) => [
    `${folder} is no folder that can be written to (${code})`,
    "make it, or name a file in another folder",
  ],
  "record-unreadable": ({ reason }: V<"reason">) => [`cannot be read: ${reason}`, RECORD],
  "no-record": ({ reason }: V<"reason">) => [`holds no record: ${reason}`, RECORD],
} satisfies Catalogue<readonly [problem: string, fix: string]>;

const RECORD = "name a file with the output of `live-migrate run --json`";

export type MessageCode = keyof typeof CATALOGUE;
export const MESSAGE_CODES = codesOf(CATALOGUE);
const fill = filler(CATALOGUE);

/** A problem and its fix, for those who show them apart. */
export function problemAndFix<Code extends MessageCode>(code: Code, ...values: Parameters<(typeof CATALOGUE)[Code]>) {
  const [problem, fix] = fill(code, ...values);
  return { problem, fix };
}

/** @example told("no-server", { wanted: "vm01" }) // "no server has the id or name vm01 … Fix: check its spelling, …" */
export function told<Code extends MessageCode>(code: Code, ...values: Parameters<(typeof CATALOGUE)[Code]>): string {
  return asText(problemAndFix(code, ...values));
}

/** A problem and its fix in one line. */
export function asText({ problem, fix }: { problem: string; fix: string }): string {
  return `${problem.replace(/[.\s]+$/, "")}. Fix: ${fix}`;
}
