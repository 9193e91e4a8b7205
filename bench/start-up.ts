import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { execa } from "execa";
import { median } from "./median.ts";

/**
 * Seconds from the start of `live-migrate` as a process to its first request, against a server on this machine that
 * refuses it; the median.
 *
 * @param rounds the first is not counted: it may have to compile
 */
export async function secondsToFirstRequest(engine: string, rounds: number): Promise<number> {
  const requests: number[] = [];
  const server = createServer((_, answer) => {
    requests.push(performance.now());
    answer.writeHead(401).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const given = Object.entries(process.env).filter(([name]) => !name.startsWith("OS_"));
  const env = {
    ...Object.fromEntries(given),
    OS_AUTH_URL: `http://127.0.0.1:${port}/v3`,
    OS_USERNAME: "bench",
    OS_PASSWORD: "bench",
    OS_PROJECT_NAME: "bench",
    OS_USER_DOMAIN_ID: "default",
    OS_PROJECT_DOMAIN_ID: "default",
  };
  const args = [engine, "run", "11111111-1111-4111-8111-111111111111", "--host", "nowhere", "--json"];
  const seconds: number[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      const began = performance.now();
      await execa(process.execPath, args, { env, extendEnv: false, reject: false, stdio: "ignore" });
      const [asked] = requests.splice(0);
      if (asked === undefined) throw new Error("live-migrate has sent no request");
      if (round > 0) seconds.push((asked - began) / 1000);
    }
  } finally {
    server.close();
  }
  return median(seconds);
}
