import type { Catalogue } from "../../catalogue.ts";
import type { Finding } from "../../contract/record.ts";

/** The parts of a finding that differ from one occurrence to the next. */
export type Parts = Pick<Finding, "path" | "value" | "problem" | "fix">;

interface Entry<Text> {
  severity: Finding["severity"];
  transient: boolean;
  text: Text;
}

const entry =
  (severity: Finding["severity"], transient: boolean) =>
  <Text extends Catalogue<Parts>[string]>(text: Text): Entry<Text> => ({ severity, transient, text });

/** Stops the move whenever it is tried. */
export const blocker = entry("blocker", false);
/** Stops the move now, but may be different later. */
export const blockerNow = entry("blocker", true);
export const warning = entry("warning", false);
export const warningNow = entry("warning", true);
