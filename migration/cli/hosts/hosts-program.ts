import type { Command } from "commander";
import { notifyOption } from "../notify-option.ts";
import { OnceOption } from "../once-option.ts";
import type { RawHosts } from "./hosts-input.ts";

const HOSTS = "compute hosts, by their nova-compute services";

/** How servers leave a host. */
const drainOptions = (command: Command) =>
  command
    .addOption(
      new OnceOption(
        "--to <hosts>",
        "only these hosts are targets, comma separated, whatever their zone (default: every open host of the same zone)",
      ),
    )
    .option("--to-other-zones", "hosts of other zones may be targets")
    .addOption(new OnceOption("--to-zone <zone>", "only hosts of this zone are targets"))
    .addOption(new OnceOption("--stopped <policy>", "servers that are shut off: cold or leave (default: cold)"))
    .addOption(
      new OnceOption(
        "--not-movable <policy>",
        "servers that cannot be moved live: refuse (move none), leave, or stop (shut down, move cold, start again) (default: refuse)",
      ),
    )
    .option(
      "--not-movable-server <id=policy>",
      "the same for one server, by its id; may be given several times",
      (entry: string, before: string[] | undefined) => [...(before ?? []), entry],
    )
    .addOption(
      new OnceOption("--fill-to <percent>", "how full a target may get, of each resource in Placement (default: 100)"),
    )
    .addOption(
      new OnceOption("--canary <n>", "move this many first, alone, and stop if one does not succeed (default: 1)"),
    )
    .addOption(guestOption())
    .addOption(new OnceOption("--reason <text>", "added to the disabled reason that others see"));

const paceOptions = (command: Command) =>
  command
    .addOption(new OnceOption("--stop-after <n>", "start no more moves after this many failures (default: 1)"))
    .addOption(
      new OnceOption(
        "--parallel <n>",
        "concurrent moves from each host; Nova's own limit is 1 unless its operator raised it (default: 1)",
      ),
    )
    .addOption(new OnceOption("--per-target <n>", "concurrent moves to each host (default: 2)"))
    .addOption(new OnceOption("--events <file>", "append what happens to this file, as JSON lines"))
    .addOption(notifyOption());

const guestOption = () =>
  new OnceOption(
    "--guest <json>",
    `check every guest over ssh before and after its move, all alike, such as '{"user":"root"}' (default: not checked)`,
  );

const readyOption = () =>
  new OnceOption("--ready-seconds <seconds>", "how long to wait for each host to be ready (default: 600)");

/**
 * Adds the commands about whole hosts.
 *
 * @param cloud adds the options that lead to a cloud, and `--json`
 */
export function addHostCommands(program: Command, cloud: (command: Command, json?: string) => Command): void {
  const add = (usage: string, description: string, options: (command: Command) => Command) =>
    cloud(options(program.command(usage).description(description)), "print one JSON document on stdout").action(
      async (hosts: string[], given: RawHosts, command: Command) => {
        const { executeHosts } = await import("./hosts-commands.ts");
        process.exitCode = await executeHosts(command.name(), hosts, given);
      },
    );

  add("hosts", "show hosts: state, who disabled them, servers, free capacity, agents, migrations", (command) =>
    command.argument("[hosts...]", `${HOSTS} (default: all)`),
  );
  add("drain", "disable hosts, move all of their servers away, and prove them empty; safe to repeat", (command) =>
    paceOptions(
      drainOptions(
        command
          .argument("[hosts...]", HOSTS)
          .option("--plan", "show what would be moved; changes nothing")
          .addOption(new OnceOption("--report <file>", "write a page about the drain (HTML) to this file or directory"))
          .addOption(new OnceOption("--metrics <file>", "write the result for Prometheus to this file or directory"))
          .addOption(new OnceOption("--zone <zone>", "instead of hosts: all of this zone; needs --to-zone or --to"))
          .addOption(
            new OnceOption(
              "--reviewed <file>",
              "a plan that was reviewed (`--plan --json`): say what has changed since",
            ),
          )
          .addOption(
            new OnceOption(
              "--unreviewed <policy>",
              "servers that appeared since, or would move in another way: move, leave or refuse (default: move)",
            ),
          ),
      ),
    ),
  );
  add("restore", "wait until hosts are ready, enable those that `drain` disabled; safe to repeat", (command) =>
    paceOptions(
      command
        .argument("<hosts...>", HOSTS)
        .option("--return", "bring home the servers that were moved away since the host was disabled")
        .addOption(
          new OnceOption(
            "--since <time>",
            "for a host that is enabled already: when its maintenance began (ISO 8601; default: what this machine kept)",
          ),
        )
        .addOption(guestOption())
        .addOption(
          new OnceOption(
            "--not-movable <policy>",
            "servers that cannot come home live: leave, or stop (shut down, move cold, start again) (default: leave)",
          ),
        )
        .addOption(readyOption()),
    ),
  );
  add("roll", "host after host: drain, run a command, wait until it is ready, restore", (command) =>
    paceOptions(
      drainOptions(
        command
          .argument("<hosts...>", HOSTS)
          .addOption(
            new OnceOption(
              "--run <command>",
              "shell command of one host's maintenance, with the host's name as $1; it must return only when the host may serve again",
            ),
          )
          .option("--return", "bring each host's servers home before the next host")
          .addOption(new OnceOption("--batch <n>", "drain and maintain this many hosts together (default: 1)"))
          .option("--restart", "begin anew, instead of where an earlier run of the same roll stopped"),
      ).addOption(readyOption()),
    ),
  );
  // For `HostMaintenance` alone: its request comes in the environment, and there is nothing to type.
  program
    .command("maintain", { hidden: true })
    .description("what the component HostMaintenance runs: drains the hosts of LIVE_MIGRATE_MAINTENANCE")
    .addOption(new OnceOption("--os-cloud <name>", "entry of clouds.yaml").env("LIVE_MIGRATE_CLOUD"))
    .addOption(new OnceOption("--os-region-name <name>", "region of the cloud").env("LIVE_MIGRATE_REGION"))
    .addOption(notifyOption())
    .option("--end", "end the maintenance: open the hosts, and bring their servers home")
    .action(async ({ osCloud, osRegionName, notify, end = false }: Maintain) => {
      const { executeHosts } = await import("./hosts-commands.ts");
      const selection = { ...(osCloud && { cloud: osCloud }), ...(osRegionName && { region: osRegionName }) };
      process.exitCode = await executeHosts("maintain", [], { ...selection, ...(notify && { notify }), end });
    });
}

interface Maintain {
  osCloud?: string;
  osRegionName?: string;
  notify?: readonly string[];
  end?: boolean;
}
