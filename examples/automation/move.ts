/**
 * Changes `host` of a stack and applies it, with Pulumi's Automation API: `node move.ts FOLDER STACK HOST`, where FOLDER has the
 * program of ../own-instance. It applies nothing that would delete or replace a resource.
 */
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";

const [workDir, stackName, host] = process.argv.slice(2);
if (workDir === undefined || stackName === undefined || host === undefined) {
  throw new Error("usage: node move.ts FOLDER STACK HOST");
}

const stack = await LocalWorkspace.selectStack({ stackName, workDir });
await stack.setConfig("host", { value: host });

const { changeSummary } = await stack.preview({ onOutput: (text) => process.stdout.write(text) });
if ((changeSummary.delete ?? 0) + (changeSummary.replace ?? 0) > 0) {
  throw new Error("the preview deletes or replaces resources; nothing was applied");
}

// Rejects if the move fails: the server and its host stand in the error.
const { outputs } = await stack.up({ onOutput: (text) => process.stdout.write(text) });
console.log(JSON.stringify(outputs["runsOn"]?.value));
