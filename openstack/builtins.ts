/*
 * Node's own modules, for code that runs before a command's first request. An `import` of them would read each of their
 * exports, and so load what no run needs: all of undici for node:http's WebSocket, readline and workers for node:fs's
 * `promises`. That takes a tenth of a command's start.
 */

export const http = () => process.getBuiltinModule("node:http");
export const https = () => process.getBuiltinModule("node:https");
export const tls = () => process.getBuiltinModule("node:tls");
export const fs = () => process.getBuiltinModule("node:fs");
export const crypto = () => process.getBuiltinModule("node:crypto");
