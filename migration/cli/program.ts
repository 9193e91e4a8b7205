import type { Options } from "./options.ts";
import { Command, InvalidArgumentError, Option } from "commander";
import { told } from "../messages.ts";
import { EXIT_BAD_INPUT } from "../contract/record.ts";
import { linesToStderr } from "../../text/print.ts";

/** An option that may be given once: of two values, commander would silently take the last. */
class OnceOption extends Option {
  constructor(flags: string, description: string) {
    super(flags, description);
    this.argParser((value: string, previous: string | undefined) => {
      if (previous === undefined || previous === value) return value;
      throw new InvalidArgumentError(told("given-twice", { previous }));
    });
  }
}

const SERVER = "server id, or a name that only one server has";

/** The options of a wish for one server; under Pulumi they come from the environment. */
const wish = (command: Command) => wishes(command.argument("[server]", `${SERVER} (env: LIVE_MIGRATE_SERVER)`));

function wishes(command: Command): Command {
  return command
    .addOption(new OnceOption("--host <host>", "compute host to run on").env("LIVE_MIGRATE_HOST"))
    .addOption(
      new OnceOption("--zone <zone>", "availability zone to run in; the best host is chosen").env("LIVE_MIGRATE_ZONE"),
    )
    .addOption(
      new OnceOption("--volumes <ids>", "volume ids that must be attached, comma separated").env(
        "LIVE_MIGRATE_VOLUMES",
      ),
    )
    .addOption(
      new OnceOption("--az-pin <policy>", "refuse, unpin or force (default: refuse)").env("LIVE_MIGRATE_AZ_PIN"),
    )
    .addOption(
      new OnceOption("--on-timeout <policy>", "fail, abort or force-complete (default: fail)").env(
        "LIVE_MIGRATE_ON_TIMEOUT",
      ),
    )
    .addOption(
      new Option(
        "--created-unpinned",
        "the server was created without a pinned zone: no warning where that is unknown",
      ).env("LIVE_MIGRATE_CREATED_UNPINNED"),
    )
    .addOption(
      new OnceOption("--timeout-seconds <seconds>", "deadline (default: 800 per GiB of RAM)").env(
        "LIVE_MIGRATE_TIMEOUT_SECONDS",
      ),
    )
    .addOption(
      new OnceOption("--stall-seconds <seconds>", "no memory progress for so long is a stall (default: 300)").env(
        "LIVE_MIGRATE_STALL_SECONDS",
      ),
    )
    .addOption(new OnceOption("--guest <json>", "look inside the guest, too").env("LIVE_MIGRATE_GUEST"));
}

/** The options of a wish for one server or several. */
function several(command: Command): Command {
  return wishes(command.argument("[servers...]", `${SERVER} (env: LIVE_MIGRATE_SERVER, for one); or several of them`))
    .addOption(
      new OnceOption("--parallel <n>", "so many servers at a time, those of different hosts first (default: 1)"),
    )
    .option("--stop-on-failure", "begin no further server once one has not ended with 0; those under way go on");
}

/** The options of every command. */
function cloud(command: Command): Command {
  return command
    .addOption(
      new OnceOption("--os-cloud <name>", "entry of clouds.yaml (default: OS_CLOUD)").env("LIVE_MIGRATE_CLOUD"),
    )
    .addOption(new OnceOption("--os-region-name <name>", "region (default: the cloud's)").env("LIVE_MIGRATE_REGION"))
    .option("--json", "one JSON document on stdout; of several servers one a line, and at last one about all of them");
}

/** Options of the commands that end with a record. */
function page(command: Command): Command {
  return command
    .addOption(
      new OnceOption("--report <file>", "write a page about the run; into a folder, a file for each server").env(
        "LIVE_MIGRATE_REPORT",
      ),
    )
    .addOption(
      new OnceOption(
        "--record <file>",
        "write the JSON document, whatever came of the run; into a folder, a file for each server",
      ).env("LIVE_MIGRATE_RECORD"),
    )
    .option("--json-on-success", "one JSON document on stdout if the run ends with 0; else words on stderr alone");
}

const program = new Command("live-migrate")
  .description("Moves running OpenStack servers to another host, and proves it.")
  // Commander's own errors are of the input, too, and quote it.
  .configureOutput({
    outputError: (text) => {
      linesToStderr(text.trimEnd());
    },
  })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_BAD_INPUT))
  .addHelpText(
    "after",
    `
Exit codes: 0 there and verified, 2 bad input, 3 refused by preflight, 4 failed and verified intact on the source,
5 a human must look, 6 still running, 7 cloud unreachable or not authorised. Of several servers, the first of
5, 7, 4, 6, 3, 2 that one of them ended with.`,
  );

const add = (name: string, description: string, options: (command: Command) => Command) =>
  cloud(options(program.command(name).description(description))).action(
    async (server: string | string[] | undefined, given: Options, command: Command) => {
      // Commander and --help need nothing of what the commands themselves load.
      const { execute } = await import("./commands.ts");
      const fromEnvironment = Object.keys(given).filter((option) => command.getOptionValueSource(option) === "env");
      process.exitCode = await execute(name, { ...given, fromEnvironment, ...serverOf(server) });
    },
  );

function serverOf(argument: string | string[] | undefined): { server?: string; servers?: string[] } {
  if (Array.isArray(argument) && argument.length > 1) return { servers: argument };
  const server = [argument].flat()[0] ?? process.env["LIVE_MIGRATE_SERVER"];
  return server === undefined ? {} : { server };
}

const one = (command: Command) => command.argument("[server]", SERVER);

add("plan", "say what `run` would do, and what would stop it; sends nothing that changes anything", wish);
add("run", "move the server there if it is not, and verify; safe to repeat at any time", (command) =>
  page(several(command)),
);
add("verify", "verify that the server is there, without moving it", (command) => page(wish(command)));
add("status", "where the server is, and its migration in flight", one);
add("abort", "ask Nova to abort the migration in flight, and verify what came of it", (command) => page(one(command)));
add(
  "force-complete",
  "ask Nova to complete the migration in flight at any price (pauses the guest), and verify",
  (command) => page(one(command)),
);

program
  .command("report")
  .description("the page about a run, as HTML on stdout, from its record (without the curve of memory)")
  .argument("<record>", "file with the output of `run --json`; - for standard input")
  .action(async (record: string) => {
    const { executeReport } = await import("./commands.ts");
    process.exitCode = await executeReport(record);
  });

// Whoever read along may be gone (`| head`, a Pulumi that was killed): the run, its record and its exit code are not theirs alone.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  });
}

await program.parseAsync();
