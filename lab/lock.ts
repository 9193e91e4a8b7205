/** One command at a time changes a lab. */
import { createServer } from "node:net";
import { createHash } from "node:crypto";
import { LabError } from "./shell.ts";

/**
 * Runs `work` while no other process does the same for this state folder.
 * The lock is an abstract socket: the kernel frees it with the process, however that ends.
 * @param what the other process is at, for the error
 * @throws LabError when another process holds it.
 */
export async function withLock<T>(
  stateDir: string,
  work: () => Promise<T>,
  what = `changing the lab in ${stateDir}`,
): Promise<T> {
  const name = `\0openstack-live-migration-lab-${createHash("sha256").update(stateDir).digest("hex").slice(0, 16)}`;
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE" ? new LabError(`another \`lab\` command is ${what}; wait for its end`) : error,
      );
    });
    server.listen(name, resolve);
  });
  try {
    return await work();
  } finally {
    server.close();
  }
}
