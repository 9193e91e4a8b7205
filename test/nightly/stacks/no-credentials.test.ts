/** Previews where the cloud cannot be asked: a laptop without credentials, a CI job on a fork, a cloud that is away. */
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labPaths } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../../support/lab/cloud.ts";
import { changesByName, Stack, type StackOptions } from "../../support/stack/stack.ts";
import { tempPath } from "../../support/temp-folder.ts";

const NAME = "unasked-vm";
const OPTIONS: StackOptions = { name: "no-credentials", config: { servers: { [NAME]: {} } } };
const FIRST = [
  `create command:local:Command ${NAME}`,
  `create openstack:blockstorage/volume:Volume ${NAME}-boot`,
  `create openstack:compute/instance:Instance ${NAME}`,
];

let cloud: Cloud;
let clouds: string;

beforeAll(async () => {
  cloud = await connectLab();
  clouds = await readFile(labPaths().cloudsFile, "utf8");
});
afterAll(async () => {
  await (await Stack.open(OPTIONS)).destroy();
  await cloud.session.close();
});

/** What a clouds.yaml may lack, and how that is told. */
const CASES = [
  { name: "the entry is not in clouds.yaml", text: () => clouds.replace("  lab:", "  other:"), why: /"lab"|lab\b/ },
  {
    name: "nobody answers at its address",
    text: () => clouds.replaceAll(/auth_url: .*/g, "auth_url: http://127.0.0.1:9/v3"),
    why: /no answer from http:\/\/127\.0\.0\.1:9/,
  },
  {
    name: "the password is refused",
    text: () => clouds.replaceAll(/password: .*/g, "password: not-the-password"),
    why: /not authorised at /,
  },
];

/** The stack, with another clouds.yaml than the lab's. */
async function asking(text: string, host: string): Promise<Stack> {
  const file = tempPath("clouds.yaml");
  await writeFile(file, text, { mode: 0o600 });
  const stack = await Stack.open({ ...OPTIONS, env: { OS_CLIENT_CONFIG_FILE: file } });
  await stack.configure({ [NAME]: host });
  return stack;
}

describe("before anything was created", () => {
  it.each(CASES.slice(0, 1))(
    "a preview where $name shows what will be created, and `up` creates nothing",
    async ({ text }) => {
      const stack = await asking(text(), "node-07");
      const { steps, result } = await stack.preview();
      expect([result.exitCode, result.stderr]).toEqual([0, ""]);
      expect(changesByName(steps)).toEqual(expect.arrayContaining(FIRST));
      expect((await stack.up()).exitCode).not.toBe(0);
      expect(await cloud.compute.findServers(NAME)).toEqual([]);
    },
  );
});

describe("of a server that runs", () => {
  let id: string;
  beforeAll(async () => {
    id = (await (await Stack.open(OPTIONS)).place({ [NAME]: "node-07" }))[NAME]?.id ?? "";
  });

  it.each(CASES)(
    "a preview where $name says that the move was not checked, and `up` refuses",
    async ({ text, why }) => {
      const stack = await asking(text(), "node-08");
      const { steps, said, result } = await stack.preview();
      expect([result.exitCode, result.stderr]).toEqual([0, ""]);
      expect(changesByName(steps)).toContain(`update command:local:Command ${NAME}`);
      expect(steps.filter(({ op }) => /replace|delete/.test(op))).toEqual([]);
      expect(said).toMatch(new RegExp(`not checked: the move to node-08: .*${why.source}`));
      expect(said).not.toContain("not-the-password");
      // Nobody could say whether it is there.
      expect(said).not.toMatch(/image \S+ was not found/);
      expect((await stack.up()).exitCode).not.toBe(0);
      expect(await migrationCount(cloud, id)).toBe(0);
      expect(await truth(cloud, id)).toEqual(wholeOn("node-07", 1));
    },
  );

  it("is destroyed without the program, and so without a plan", async () => {
    const stack = await asking(clouds, "node-08");
    await stack.destroy();
    expect(await cloud.compute.findServers(NAME)).toEqual([]);
  });
});
