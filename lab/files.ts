/** Writing files whole: nobody ever reads half of one. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Writes by way of a new name, so that a killed process leaves the old file or the new one. */
export function writeWhole(file: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.new.${process.pid}`;
  writeFileSync(fresh, content, { mode });
  renameSync(fresh, file);
}

/** The same for what only the owner may read. */
export function writeSecret(file: string, content: string): void {
  writeWhole(file, content, 0o600);
}
