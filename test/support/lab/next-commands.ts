import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../../toolchain/paths.ts";

/**
 * What docs/operations.md tells a person to do after an interrupted run: the commands of a row, word by word.
 *
 * @param row its first cell
 * @param fill what stands for words in capitals, such as `{ ID: "9c0b…" }`
 * @throws {Error} if there is no such row, or none of its commands is Pulumi's
 * @example nextCommands("everything at once: the machine, the CI runner") // [["cancel", "--yes"], ["up"]]
 */
export function nextCommands(row: string, fill: Record<string, string> = {}): string[][] {
  const lines = readFileSync(join(REPOSITORY, "docs/operations.md"), "utf8").split("\n");
  const cells = lines.map((line) => line.split("|").map((cell) => cell.trim())).find(([, first]) => first === row);
  const commands = [...(cells?.[3] ?? "").matchAll(/`pulumi ([^`]+)`/g)].map(([, command = ""]) => command);
  if (commands.length === 0) throw new Error(`docs/operations.md has no command for: ${row}`);
  return commands.map((command) =>
    command.split(" ").map((word) => word.replace(/[A-Z]{2,}$/, (name) => fill[name] ?? name)),
  );
}
