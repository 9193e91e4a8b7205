import { readFile } from "node:fs/promises";

import { Journal } from "../../migration/engine/journal.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { disagreements, hasPendingCommands } from "./agreement.ts";
import { readStackFile } from "./stack-file.ts";
import type { Stack } from "./stack.ts";
import { labResources, removeFromLab, unverifiableMoves, waitForRest } from "./start-over.ts";

/** Makes sure that `pulumi up` can work from the stack's state and what is in the lab, whatever an earlier run left behind. */
export async function bringTogether(stack: Stack, cloud: Cloud, say: (text: string) => void): Promise<void> {
  const declared = readStackFile(await readFile(stack.file, "utf8"));
  await stack.open();
  await waitForRest(cloud, declared, say);
  const state = await stack.state();
  const reasons = [
    ...disagreements(state, await labResources(cloud), declared),
    ...(await unverifiableMoves(cloud, new Journal(), declared)),
  ];
  if (reasons.length > 0) {
    say(`Starting over with the stack, in the lab only:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}`);
    await removeFromLab(cloud, declared);
    await stack.show("stack", "rm", "--yes", "--force", "--preserve-config");
    await stack.open();
  } else if (hasPendingCommands(state)) {
    await stack.show("refresh", "--yes", "--skip-preview", "--clear-pending-creates");
  }
  const goesOn = reasons.length === 0 && state.resources.length > 1;
  say(goesOn ? "Stack and lab agree: continuing with the existing servers." : "Stack and lab agree: both are empty.");
}
