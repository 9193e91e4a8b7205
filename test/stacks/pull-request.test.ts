import { testPullRequest } from "../support/review/pull-request-tests.ts";

testPullRequest({
  stack: { name: "pull-request", config: { servers: { "pr-vm": { host: "node-05" } } } },
  born: { "pr-vm": "node-05" },
  server: "pr-vm",
  to: "node-06",
  volumes: 1,
  zones: /\S+/,
  // The fake hypervisor has no guest to look into.
  downtime: /not measured/,
  notChecked: /\d+/,
  noSuchHost: "no nova-compute service has the host node-99",
  destroy: true,
});
