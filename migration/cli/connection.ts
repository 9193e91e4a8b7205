import { CloudConfigError } from "../../openstack/auth/cloud-config.ts";
import { connect, type Cloud } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import type { Options } from "./options.ts";
import { watchSignals, type Signals } from "./signals.ts";
import { toCloudLost } from "../cloud/openstack-cloud.ts";
import { toStderr } from "../../text/print.ts";
import { severalBars, severalLines, type Shown, type ShownSeveral } from "./several-display.ts";

/** Bars on a terminal; lines in CI and logs. */
export const showSeveral = async (): Promise<ShownSeveral> =>
  process.stderr.isTTY && !process.env["CI"] ? await severalBars(toStderr) : severalLines(toStderr);

export const shownAlone = async (): Promise<Shown> => {
  const { of, stop } = await showSeveral();
  return { progress: of(""), stop };
};

/**
 * Connects, runs `body`, and leaves the terminal, the signals and the connections in order.
 *
 * @param them what the hint about a second Ctrl-C says it aborts
 * @param watch what signals ask for. @default the signals of moves: {@link watchSignals}
 */
export async function connected<S extends Shown, G extends { dispose: () => void } = Signals>(
  options: Pick<Options, "cloud" | "region">,
  them: "it" | "them",
  show: () => Promise<S>,
  body: (cloud: Cloud, shown: S, signals: G) => Promise<number>,
  watch?: (tell: (text: string) => void) => G,
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
  // As a step: that clears the bar first.
  const tell = (text: string) => {
    shown.progress({ kind: "step", text });
  };
  const signals = watch ? watch(tell) : (watchSignals(tell, them) as Signals & G);
  try {
    return await body(connection, shown, signals);
  } finally {
    shown.stop();
    signals.dispose();
    await connection.session.close();
  }
}
