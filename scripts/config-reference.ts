/** `npm run config:reference`: writes the reference and the editors' schema from the schema of the configuration. */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { stackFileJsonSchema } from "../config/json-schema.ts";
import { withTables } from "../config/reference.ts";
import { PROJECT_NAME } from "../operator/import/import-file.ts";
import { argumentsOr, HELP } from "../toolchain/usage.ts";

const DOCUMENT = "docs/configuration.md";
const SCHEMA = "config/stack.schema.json";

argumentsOr(`usage: npm run config:reference   # writes ${DOCUMENT} and ${SCHEMA} anew`, () =>
  parseArgs({ options: HELP }),
);

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}

await write(DOCUMENT, withTables(await readFile(DOCUMENT, "utf8")));
await write(SCHEMA, JSON.stringify(stackFileJsonSchema(PROJECT_NAME)));
