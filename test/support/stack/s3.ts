import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { provideGo } from "../../../toolchain/go.ts";
import { REPOSITORY } from "../../../toolchain/paths.ts";
import { readVersions } from "../../../toolchain/versions.ts";
import { eventually } from "../lab/cloud.ts";
import type { StateBackend } from "./state-backend.ts";

const BUCKET = "state";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An S3 server in memory, on loopback: a Go module that is pinned by its sum. */
export async function openS3(): Promise<StateBackend> {
  const go = await provideGo((await readVersions(REPOSITORY)).go, process.env, console.error);
  const folder = await mkdtemp(join(tmpdir(), "s3-"));
  const file = join(folder, "gofakes3");
  await execa(go.command, ["build", "-o", file, "github.com/johannesboyne/gofakes3/cmd/gofakes3"], {
    cwd: join(REPOSITORY, "toolchain/s3"),
    env: { CGO_ENABLED: "0", GOTOOLCHAIN: "local" },
  });
  const address = `127.0.0.1:${await freePort()}`;
  const server = execa(file, ["-backend", "memory", "-initialbucket", BUCKET, "-host", address], {
    stdio: "ignore",
    reject: false,
  });
  const get = async (path: string) => await (await fetch(`http://${address}/${BUCKET}${path}`)).text();
  await eventually("the S3 server answers", 60, () => get("").catch(() => undefined));
  return {
    url: `s3://${BUCKET}?endpoint=http://${address}&region=us-east-1&s3ForcePathStyle=true`,
    env: { AWS_ACCESS_KEY_ID: "anyone", AWS_SECRET_ACCESS_KEY: "anything", AWS_EC2_METADATA_DISABLED: "true" },
    async stored() {
      const keys = [...(await get("")).matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = ""]) => key);
      return (await Promise.all(keys.map(async (key) => `${key}\n${await get(`/${key}`)}`))).join("\n");
    },
    async close() {
      server.kill();
      await server;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
