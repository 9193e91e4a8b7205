/** What the lab's services complained of while a test ran, printed when it fails: a fault of the cloud shows only there. */
import { readdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { beforeEach } from "vitest";
import { labPaths } from "../../../lab/api.ts";

const MOST_LINES = 60;
const MOST_CHARACTERS = 400;

const COMPLAINT = / (ERROR|CRITICAL|WARNING) |: error :/;
/** Of a traceback the last line, which has the exception, is enough; the rest is indented, or between two tracebacks. */
const TRACEBACK = /\](  +.*|\s*(\x1b\[\d*m)?)$|Traceback \(most recent|During handling of the above/;

const logs = (): string[] => {
  const { logs: folder } = labPaths();
  return readdirSync(folder)
    .filter((file) => file.endsWith(".log"))
    .map((file) => join(folder, file));
};
const sizes = (): Map<string, number> => new Map(logs().map((file) => [file, statSync(file).size]));

async function writtenSince(file: string, from: number): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, size - from)), 0, null, from);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

beforeEach(({ task, onTestFailed }) => {
  const before = sizes();
  onTestFailed(async () => {
    console.error(`What the lab's services complained of during "${task.name}":`);
    for (const file of logs()) {
      const lines = (await writtenSince(file, before.get(file) ?? 0)).split("\n");
      const complaints = lines.filter((line) => COMPLAINT.test(line) && !TRACEBACK.test(line));
      for (const line of complaints.slice(-MOST_LINES)) {
        console.error(`  ${basename(file)}: ${line.slice(0, MOST_CHARACTERS)}`);
      }
    }
  });
});
