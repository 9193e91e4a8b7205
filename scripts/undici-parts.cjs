"use strict";
// What the bundle takes of undici in place of its index, which loads fetch, mocks, caches and websockets as well: that
// doubles the time until the first request. The paths belong to the version that package.json pins.
const Dispatcher = require("../node_modules/undici/lib/dispatcher/dispatcher.js");
// As the index does it: a dispatcher gets its `request` from there.
Dispatcher.prototype.request = require("../node_modules/undici/lib/api/api-request.js");

exports.Agent = require("../node_modules/undici/lib/dispatcher/agent.js");
Object.defineProperty(exports, "EnvHttpProxyAgent", {
  enumerable: true,
  // Loaded only where a proxy is configured.
  get: () => require("../node_modules/undici/lib/dispatcher/env-http-proxy-agent.js"),
});
