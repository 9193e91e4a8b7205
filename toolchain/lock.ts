import { createHash } from "node:crypto";
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MILLISECONDS = 250;

/**
 * Runs `work` while no other process on this machine runs it for the same `name`; waits for its turn.
 * The lock is an abstract socket: the kernel frees it with the process, however that ends.
 *
 * @param onWait called once, when another process has the lock.
 */
export async function withLock<T>(name: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  // Elsewhere than on Linux there are no abstract sockets. Two builds are then wasteful, but harmless: the first wins.
  if (process.platform !== "linux") return work();
  const address = `\0openstack-live-migration-${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
  let lock = await listen(address);
  if (lock === undefined) onWait();
  while (lock === undefined) {
    await sleep(POLL_MILLISECONDS);
    lock = await listen(address);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}

/** `undefined`: someone else listens there. */
function listen(address: string): Promise<Server | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  const server = createServer((connection) => connection.destroy());
  server.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE") resolve(undefined);
    else reject(error);
  });
  server.listen(address, () => {
    resolve(server);
  });
  return promise;
}
