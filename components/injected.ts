import type { MaintenancePlanner } from "./preview/maintenance-planner.ts";
import type { MovePlanner } from "./preview/move-planner.ts";
import type { ServerGuard } from "./guard/server-guard.ts";

/** What this repository's own program and its tests give a component besides its arguments. Not public. */
export interface Injected {
  /** Plans the move in previews; `null`: nothing is planned. @default the one that all moves of a program share */
  planner?: MovePlanner | null;
  /** Plans a maintenance in previews; `null`: nothing is planned. @default the one that all of a program share */
  maintenancePlanner?: MaintenancePlanner | null;
  /** Judges changes of a server; `null`: nobody does. @default the one that all servers of a program share */
  guard?: ServerGuard | null;
  /**
   * What a server's volumes, and so the server, wait for: unlike `dependsOn`, without the guard waiting as well, and
   * whatever becomes of it.
   */
  turn?: Promise<unknown>;
}

const injections = new WeakMap<object, Injected>();

/**
 * Returns `args`, and remembers what goes with it. Arguments are described in the component's schema, stored in the state
 * and shown in previews; these must not be.
 */
export function inject<A extends object>(args: A, injected: Injected): A {
  injections.set(args, { ...injections.get(args), ...injected });
  return args;
}

/** What was injected with a component's arguments. */
export const injectedWith = (args: object): Injected => injections.get(args) ?? {};

const requests = new WeakMap<object, Promise<unknown>>();

/** Notes when the whole request of a `LiveMigration` is known. */
export function noteRequested(move: object, known: Promise<unknown>): void {
  requests.set(move, known);
}

/** Resolves once the whole request of a `LiveMigration` is known, so that Pulumi registers its command. */
export const requested = (move: object): Promise<unknown> => requests.get(move) ?? Promise.resolve();
