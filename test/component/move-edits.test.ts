import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inject } from "../../components/injected.ts";
import { LiveMigration } from "../../components/live-migration.ts";
import type { LiveMigrationArgs } from "../../components/live-migration-args.ts";
import { declare } from "../support/stack/declared.ts";
import { MOVE, MOVE_EDITS, type MoveEdit } from "../support/stack/move-edits.ts";
import { recordOf } from "../support/engine/record.ts";

const COMMAND = "command:local:Command";

/** What Pulumi compares with the last `up`: all that the move's own resource is made of. */
async function inputsOf(args: LiveMigrationArgs): Promise<Record<string, unknown>> {
  const { resources } = await declare(
    (opts) => new LiveMigration("vm01", inject({ ...args }, { planner: null }), opts),
    {
      [COMMAND]: () => ({ stdout: JSON.stringify(recordOf()), stderr: "" }),
    },
  );
  const inputs = resources.find(({ type }) => type === COMMAND)?.inputs;
  if (inputs === undefined) throw new Error("no command was declared");
  return { ...inputs, ...(inputs["environment"] as Record<string, unknown>) };
}

async function effectOf(edit: MoveEdit["edit"]): Promise<string> {
  const edited: LiveMigrationArgs = { ...MOVE };
  edit(edited);
  // Not at once: Pulumi's mocks are the process's.
  const before = await inputsOf(MOVE);
  const after = await inputsOf(edited);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])).sort();
  // A changed trigger would be a replacement, which begins with a deletion.
  expect(changed).not.toContain("triggers");
  const variables = changed.filter((name) => name.startsWith("LIVE_MIGRATE_"));
  expect(changed.filter((name) => !variables.includes(name))).toEqual(variables.length === 0 ? [] : ["environment"]);
  return variables.length === 0 ? "nothing" : `update Command: ${variables.map((name) => `\`${name}\``).join(", ")}`;
}

test("every argument of a move is an update of its command, or nothing, as docs/changes.md has it", async () => {
  const table: string[] = [];
  for (const [argument, { to, edit }] of Object.entries(MOVE_EDITS)) {
    table.push(`\`${argument}\` | ${to} | ${await effectOf(edit)}`);
  }
  const text = await readFile(join(import.meta.dirname, "../../docs/changes.md"), "utf8");
  const rows = /<!-- move: begin -->\n\n.*\n.*\n([^]*?)\n\n<!-- move: end -->/.exec(text)?.[1] ?? "";
  const cells = (row: string) => row.split("|").slice(1, -1);
  expect(table).toEqual(
    rows.split("\n").map((row) =>
      cells(row)
        .map((cell) => cell.trim())
        .join(" | "),
    ),
  );
});
