import { oneLine } from "./visible.ts";

/** A name that a GitHub runner would take for a command to itself, where it stands in the log of a job. */
const RUNNER_COMMAND = /^\s*::|##\[/g;

/**
 * One line for a terminal or a log. Whatever is in the text: it sets no colours, moves no cursor, ends no line.
 * Lines of several have to be printed one by one.
 */
const shown = (line: string) => oneLine(line).replace(RUNNER_COMMAND, (found) => found.replace(/[:#]/, escapedFirst));
const escapedFirst = (character: string) => `\\u00${character.charCodeAt(0).toString(16)}`;

export const toStdout = (line: string): void => {
  process.stdout.write(`${shown(line)}\n`);
};

let roomOnStderr = Infinity;

/**
 * Lets stderr have so many more bytes: of lines beyond them, only the fact is printed. Pulumi hands what a command printed to
 * its next run in an environment variable, and Linux starts no process with one of more than 128 KiB (MAX_ARG_STRLEN).
 */
export const limitStderr = (bytes: number): void => {
  roomOnStderr = bytes;
};

export const toStderr = (line: string): void => {
  if (roomOnStderr < 0) return;
  const text = `${shown(line)}\n`;
  roomOnStderr -= Buffer.byteLength(text);
  process.stderr.write(roomOnStderr < 0 ? "… more lines are left out\n" : text);
};

/** Several lines, of which each is whole: a value in them has to be in one line already. */
export const linesToStdout = (text: string): void => {
  text.split("\n").forEach(toStdout);
};

/** As {@link linesToStdout}. */
export const linesToStderr = (text: string): void => {
  text.split("\n").forEach(toStderr);
};

/** A whole document that has an encoding of its own, such as a page. */
export const documentToStdout = (text: string): void => {
  process.stdout.write(text);
};
