#!/usr/bin/env node
/**
 * The bundle's entry: nothing but what must come before all other code is loaded. V8's compiled code is kept between
 * runs, in a folder of the user's own: Node's default, below the shared /tmp, could be prepared by somebody else.
 */
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? homedir(), ".cache");
enableCompileCache(join(cache, "openstack-live-migration", "compiled"));
await import("./program.ts");
