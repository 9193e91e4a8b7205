import { buildCommand } from "./package/command.ts";

await buildCommand();
