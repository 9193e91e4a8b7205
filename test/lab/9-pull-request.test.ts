import { tellPullRequest } from "../support/review/pull-request-story.ts";
import { CASE_2 } from "../support/lab/real-guest.ts";

tellPullRequest({
  // The stack of the other tests on real guests, which is left to them.
  stack: {},
  born: { admin_vm01: "node-28", admin_vm02: "node-28" },
  server: "admin_vm01",
  to: "node-31",
  volumes: 2,
  zones: /`nova` → `nova2`/,
  downtime: /\d+ ms/,
  notChecked: /0/,
  inGuest: CASE_2,
  // This stack declares its zones, so no cloud has to be asked.
  noSuchHost: "unknown host: it is in none of the zones of this stack",
  destroy: false,
});
