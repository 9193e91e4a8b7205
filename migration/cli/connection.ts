import { CloudConfigError } from "../../openstack/auth/cloud-config.ts";
import { connect, type Cloud } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import type { Options } from "./options.ts";
import { watchSignals, type Signals } from "./signals.ts";
import { toCloudLost } from "../cloud/openstack-cloud.ts";
import { toStderr } from "../../text/print.ts";
import type { Progress } from "../progress.ts";
import { barProgress, lineProgress } from "./progress-display.ts";

/** How a run is shown; `stop` leaves the terminal in order. */
export interface Shown {
  progress: Progress;
  stop: () => void;
}

/** Bars for people who sit there; lines for logs. */
export const isTerminal = (): boolean => process.stderr.isTTY && !process.env["CI"];

export const shownAlone = async (): Promise<Shown> =>
  isTerminal() ? await barProgress(toStderr) : { progress: lineProgress(toStderr), stop: () => undefined };

/**
 * Connects, and sees to it that the terminal, the signals and the connections are left in order.
 *
 * @param them what a second Ctrl-C is said to abort
 */
export async function connected<S extends Shown>(
  options: Options,
  them: "it" | "them",
  show: () => Promise<S>,
  body: (cloud: Cloud, shown: S, signals: Signals) => Promise<number>,
): Promise<number> {
  const { cloud, region } = options;
  const onSkipped = (text: string): void => {
    shown.progress({ kind: "warning", text });
  };
  const selection = { ...(cloud && { cloud }), ...(region && { region }) };
  const connection = await connect(selection, { onSkipped }).catch((error: unknown) => {
    throw error instanceof OpenStackError && !(error instanceof CloudConfigError) ? toCloudLost(error) : error;
  });
  const shown = await show();
  // As a step: it takes the bar away first.
  const signals = watchSignals((text) => {
    shown.progress({ kind: "step", text });
  }, them);
  try {
    return await body(connection, shown, signals);
  } finally {
    shown.stop();
    signals.dispose();
    await connection.session.close();
  }
}
