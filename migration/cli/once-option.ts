import { InvalidArgumentError, Option } from "commander";
import { message } from "../message.ts";

/** An option that may be given once: of two values, commander would silently take the last. */
export class OnceOption extends Option {
  constructor(flags: string, description: string) {
    super(flags, description);
    this.argParser((value: string, previous: string | undefined) => {
      if (previous === undefined || previous === value) return value;
      throw new InvalidArgumentError(message(`It is given twice, as ${previous} before`, "give it once."));
    });
  }
}
