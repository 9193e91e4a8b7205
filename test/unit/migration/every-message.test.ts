import { expect, it } from "vitest";
import { MESSAGE_CODES, problemAndFix, type MessageCode } from "../../../migration/messages.ts";
import { ANYTHING } from "../../support/catalogue.ts";

/** Whatever ends a command without a record, word by word. */
const MESSAGES: Record<MessageCode, [problem: string, fix: string]> = {
  "no-server": [
    "no server has the id or name <wanted> that this user may see",
    "check its spelling, the cloud and the project",
  ],
  "several-servers": ["<count> servers are named <wanted>", "use one of <ids>"],
  "gone-meanwhile": ["<answer>", "look whether someone deleted it; then run this again"],
  "server-gone": ["server <id> was deleted while it was being moved or verified", "ask who deleted it"],
  "nothing-in-flight": [
    "no live migration of <wanted> is in flight: there is nothing to <intervention><last>",
    "look where it is by `live-migrate status`",
  ],
  "no-destination-yet": ["migration <id> has no destination yet", "try again in a moment"],
  "outcome-unknown": [
    "whether Nova has taken the request is not known, and nothing shows yet: <reason>",
    "run this again; it looks first, and moves the server at most once",
  ],
  "not-authorised": ["<answer>", "check the credentials and roles of this cloud in clouds.yaml or OS_*"],
  "untrusted-certificate": [
    "<answer>",
    "renew the certificate, or set `auth_url` and `cacert` in clouds.yaml to what is there; then run this again",
  ],
  "proxy-failed": [
    "<answer>",
    "check the proxy, and its address, user and password in that variable, or add the cloud's hosts to no_proxy; then run this again: it is safe",
  ],
  "cloud-away": ["<answer>", "check the network, the endpoint and the service, then run this again: it is safe"],
  "same-server": ["this is the same server as <previous>", "give it once"],
  "no-folder": [
    "this is no folder, and each of several servers gets a file of its own",
    "make it, or name a folder that there is",
  ],
  "given-twice": ["It is given twice, as <previous> before", "give it once."],
  "not-writable": [
    "<folder> is no folder that can be written to (<code>)",
    "make it, or name a file in another folder",
  ],
  "migrations-hidden": [
    "this user may not see the migrations of server <server>, so that which one to <intervention> is not known",
    "use an account that may (Nova's policy os_compute_api:os-migrations:index; docs/accounts.md)",
  ],
  "intervention-unanswered": [
    "whether Nova has taken the <intervention> of migration <id> is not known, and the migration goes on: <answer>",
    "run this again: asked twice, Nova does it once; `live-migrate status` tells how it goes on",
  ],
  "record-unreadable": ["cannot be read: <reason>", "name a file with the output of `live-migrate run --json`"],
  "no-record": ["holds no record: <reason>", "name a file with the output of `live-migrate run --json`"],
};

it.each(MESSAGE_CODES)("the message %s: word by word", (code) => {
  const { problem, fix } = problemAndFix(code, ANYTHING);
  expect([problem, fix]).toEqual(MESSAGES[code]);
});
