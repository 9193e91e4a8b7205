import { Command } from "commander";
import { EXIT_BAD_INPUT } from "../contract/record.ts";
import { REQUEST_SETTINGS } from "../contract/request.ts";
import { describeOption, type Setting } from "../contract/setting.ts";
import { linesToStderr } from "../../text/print.ts";
import { addHostCommands } from "./hosts/hosts-program.ts";
import { notifyOption } from "./notify-option.ts";
import { OnceOption } from "./once-option.ts";
import type { Options } from "./options.ts";

/** The option of a setting; its value is kept under the setting's name. */
class SettingOption extends OnceOption {
  readonly #name: string;

  constructor(name: string, { option = "", variable = "", ...setting }: Setting) {
    super(option, describeOption(setting));
    this.#name = name;
    this.env(variable);
  }

  override attributeName(): string {
    return this.#name;
  }
}

const { server: SERVER, cloud: CLOUD, region: REGION, ...OF_REQUEST } = REQUEST_SETTINGS;
const server = describeOption(SERVER);
const fromServerVariable = `(env: ${SERVER.variable}`;

const withSettings = (command: Command, settings: Record<string, Setting>) =>
  Object.entries(settings).reduce((all, [name, setting]) => all.addOption(new SettingOption(name, setting)), command);

/** The arguments and options of a request for one server; under Pulumi they come from the environment. */
const oneRequest = (command: Command) =>
  withSettings(command.argument("[server]", `${server} ${fromServerVariable})`), OF_REQUEST);

/** The same for one server or several. */
const manyRequests = (command: Command) =>
  withSettings(
    command.argument("[servers...]", `${server}; or several of them ${fromServerVariable}, one)`),
    OF_REQUEST,
  )
    .addOption(
      new OnceOption(
        "--parallel <n>",
        "maximum number of concurrent migrations; servers on different hosts go first (default: 1)",
      ),
    )
    .option("--stop-on-failure", "start no further server after one did not exit 0; those under way continue");

/** The options of every command. */
const cloud = (
  command: Command,
  json = "print one JSON document on stdout; with several servers, one per line and a last one about all of them",
) => withSettings(command, { cloud: CLOUD, region: REGION }).option("--json", json);

/** Options of the commands that end with a record. */
const record = (command: Command) =>
  command
    .addOption(
      new OnceOption("--report <file>", "write an HTML page about the run; in a directory, one file per server").env(
        "LIVE_MIGRATE_REPORT",
      ),
    )
    .addOption(
      new OnceOption(
        "--record <file>",
        "write the JSON document of the run, whatever its result; in a directory, one file per server",
      ).env("LIVE_MIGRATE_RECORD"),
    )
    .option("--json-on-success", "print the JSON document on stdout if the run exits 0; otherwise only text on stderr");

/** Options of `run` alone. */
const monitored = (command: Command) =>
  command
    .addOption(
      new OnceOption("--events <file>", "append what happens to this file as it happens, one JSON line per event").env(
        "LIVE_MIGRATE_EVENTS",
      ),
    )
    .addOption(notifyOption())
    .addOption(
      new OnceOption(
        "--metrics <file>",
        "write metrics of the run for Prometheus; in a directory, one file per server",
      ).env("LIVE_MIGRATE_METRICS"),
    );

const program = new Command("live-migrate")
  .description(
    "Live-migrates running OpenStack servers to another host, or stopped ones cold, and verifies the result.",
  )
  // Commander's own errors quote the input: of an unknown option also its value, which may be secret.
  .configureOutput({
    outputError: (text) => {
      linesToStderr(text.replace(/^(error: unknown option '[^=]*)=.*'/s, "$1'").trimEnd());
    },
  })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_BAD_INPUT))
  .addHelpText(
    "after",
    `
Exit codes: 0 on the target host and verified, 2 bad input, 3 refused by preflight, 4 failed and verified intact on the
source, 5 a human must look, 6 still running, 7 cloud unreachable or not authorised. With several servers: the first of
5, 7, 4, 6, 3, 2 that any of them has.`,
  );

const add = (name: string, description: string, options: (command: Command) => Command) =>
  cloud(options(program.command(name).description(description))).action(
    async (server: string | string[] | undefined, given: Options, command: Command) => {
      // --help and commander's errors load nothing of the commands.
      const { execute } = await import("./commands.ts");
      const fromEnvironment = Object.keys(given).filter((option) => command.getOptionValueSource(option) === "env");
      process.exitCode = await execute(name, { ...given, fromEnvironment, ...serverOf(server) });
    },
  );

function serverOf(argument: string | string[] | undefined): { server?: string; servers?: string[] } {
  if (Array.isArray(argument) && argument.length > 1) return { servers: argument };
  const server = [argument].flat()[0] ?? process.env[SERVER.variable];
  return server === undefined ? {} : { server };
}

const one = (command: Command) => command.argument("[server]", server);
const oneWithRecord = (command: Command) => record(one(command));

add("plan", "show what `run` would do, and what would stop it; changes nothing", oneRequest);
add("run", "move the server unless it is on the target host already, and verify it; safe to repeat", (command) =>
  monitored(record(manyRequests(command))),
);
add("verify", "verify that the server is on the target host, without moving it", (command) =>
  record(oneRequest(command)),
);
add("status", "show where the server is, and its migration in flight", one);
add("abort", "abort the migration in flight, and verify the result", oneWithRecord);
add(
  "force-complete",
  "force the migration in flight to complete (pauses the guest), and verify the result",
  oneWithRecord,
);

const COLD_DECISION = ({ guest, volumeIds }: typeof OF_REQUEST) => ({ guest, volumeIds });
for (const [name, what] of [
  ["confirm", "verify a cold migration that waits on its destination, and confirm it"],
  ["revert", "revert a cold migration that waits on its destination, and verify the server on its source"],
] as const) {
  add(name, what, (command) => withSettings(oneWithRecord(command), COLD_DECISION(OF_REQUEST)));
}

addHostCommands(program, cloud);

program
  .command("report")
  .description("print the HTML page about a run, from its record (without the memory curve)")
  .argument("<record>", "file with the output of `run --json`; - for standard input")
  .action(async (record: string) => {
    const { executeReport } = await import("./commands.ts");
    process.exitCode = await executeReport(record);
  });

// The reader may be gone (`| head`, a killed Pulumi): the run, its record and its exit code do not depend on it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  });
}

await program.parseAsync();
