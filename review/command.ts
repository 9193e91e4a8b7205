import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Command, InvalidArgumentError, Option } from "commander";
import { NoDiscussion } from "./hosts/host.ts";
import { ReviewError } from "./hosts/rest.ts";
import type { Destination } from "./publish.ts";
import { linesToStderr, toStderr } from "../text/print.ts";

/** Options of both commands. */
export interface CommentOptions extends Destination {
  stack: string;
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("give a whole number above 0");
  return number;
}

/** Reads an exit code. An empty text, as of a skipped step, is not one. */
export function exitCode(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("give the exit code of `pulumi`, a whole number");
  return Number(text);
}

export const pullRequestOption = (): Option =>
  new Option("--pull-request <number>", "number of the request (default: the one that merged the commit)").argParser(
    positive,
  );

/** A command that makes a comment, with the options that say where it goes. */
export function commentCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption("--stack <name>", "stack that the comment is about; each stack has its own comment")
    .option("--full <file>", "append the whole text, never cut, to this file")
    .option("--post", "post it to the pull (GitHub) or merge (GitLab) request, in place of the last one")
    .addOption(pullRequestOption())
    .option("--rest-url <url>", "address of the whole text, for a comment that had to be cut");
}

/** Runs it. What its user can fix is reported without a stack trace. */
export async function runCommand(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    const kinds = [NoDiscussion, ReviewError];
    if (!(error instanceof Error) || !kinds.some((kind) => error instanceof kind)) throw error;
    linesToStderr(`${command.name()}: ${error.message}`);
    process.exitCode = 1;
  }
}

/** A file's text, or standard input's for "-"; a file that is missing reads as empty, since its writer has failed. */
export async function readInput(file: string): Promise<string> {
  try {
    // Not /dev/stdin, which cannot be opened where a program feeds this one.
    return await (file === "-" ? text(process.stdin) : readFile(file, "utf8"));
  } catch (error) {
    toStderr(`${file} cannot be read: ${(error as Error).message}`);
    return "";
  }
}
