import type { LiveMigrationArgs } from "../../../components/live-migration-args.ts";

/** One edit of a move whose server exists. */
export interface MoveEdit {
  /** What is edited, for the table. */
  to: string;
  edit: (args: LiveMigrationArgs) => void;
}

/** What every edit begins with. */
export const MOVE = { serverId: "s1", host: "node-28", volumeIds: ["v1"] } satisfies LiveMigrationArgs;

/** What the tests do to each argument. The type is the list: an argument without a row does not compile. */
export const MOVE_EDITS: Record<keyof LiveMigrationArgs, MoveEdit> = {
  host: { to: "another host", edit: (args) => (args.host = "node-31") },
  zone: { to: "a zone instead of the host", edit: (args) => (delete args.host, (args.zone = "nova2")) },
  serverId: { to: "another server", edit: (args) => (args.serverId = "s2") },
  volumeIds: { to: "a volume more, or less", edit: (args) => (args.volumeIds = ["v1", "v2"]) },
  guest: { to: "another user", edit: (args) => (args.guest = { user: "other" }) },
  azPin: { to: "`unpin`", edit: (args) => (args.azPin = "unpin") },
  kind: {
    to: "`cold`, with `allowRestart`",
    edit: (args) => ((args.kind = "cold"), (args.allowRestart = true)),
  },
  allowRestart: { to: "`true`", edit: (args) => (args.allowRestart = true) },
  stopped: { to: "`cold`", edit: (args) => (args.stopped = "cold") },
  onTimeout: { to: "`abort`", edit: (args) => (args.onTimeout = "abort") },
  timeoutSeconds: { to: "another deadline", edit: (args) => (args.timeoutSeconds = 3600) },
  stallSeconds: { to: "another patience", edit: (args) => (args.stallSeconds = 60) },
  cloud: { to: "another entry", edit: (args) => (args.cloud = "other") },
  region: { to: "another region", edit: (args) => (args.region = "other") },
  onDrift: { to: "`ignore`", edit: (args) => (args.onDrift = "ignore") },
};
