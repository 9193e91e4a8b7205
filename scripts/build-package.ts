/**
 * Builds what `npm pack` ships besides the command: `lib/`, JavaScript and declarations of the components and the engine,
 * and the licences of the packages that the command's bundle contains.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { noticesOf, packagesIn } from "./package/notices.ts";
import { buildCommand } from "./package/command.ts";

// What a removed source left there would be shipped as well.
await rm("lib", { recursive: true, force: true });
await execa("tsc", ["--project", "tsconfig.package.json"], { preferLocal: true, stdio: ["ignore", 2, 2] });
const { inputs } = await buildCommand();
const read = (path: string) => readFile(path, "utf8").catch(() => undefined);
await writeFile("dist/THIRD-PARTY-LICENSES.txt", await noticesOf(packagesIn(inputs), read));
