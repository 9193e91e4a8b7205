import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Command, InvalidArgumentError } from "commander";
import { NoDiscussion } from "./hosts/host.ts";
import { ReviewError } from "./hosts/rest.ts";
import type { Destination } from "./publish.ts";
import { words } from "./words.ts";

/** Options of both commands. */
export interface CommentOptions extends Destination {
  stack: string;
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError(words("whole-number"));
  return number;
}

/** A command that makes a comment, with the options that say where it goes. */
export function commentCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption("--stack <name>", "the stack that it is about; each has a comment of its own")
    .option("--full <file>", "add the whole text, never cut, to this file")
    .option(
      "--post",
      "put it into the discussion of the pull (GitHub) or merge (GitLab) request, in place of the last one",
    )
    .option("--pull-request <number>", "its number (default: the one that the commit was merged with)", positive)
    .option("--rest-url <url>", "where the whole text is, for a comment that had to be cut");
}

/** Runs it; what its user can mend is told without a stack. */
export async function runCommand(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    if (!(error instanceof NoDiscussion || error instanceof ReviewError)) throw error;
    console.error(`${command.name()}: ${error.message}`);
    process.exitCode = 1;
  }
}

/** A file's text, or standard input's for "-"; a file that is not there is empty, for its writer has failed. */
export async function readInput(file: string): Promise<string> {
  try {
    // Not /dev/stdin, which cannot be opened where a program feeds this one.
    return await (file === "-" ? text(process.stdin) : readFile(file, "utf8"));
  } catch (error) {
    console.error(words("unreadable", { file, reason: (error as Error).message }));
    return "";
  }
}
