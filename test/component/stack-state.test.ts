import { expect, test } from "vitest";
import { readStackResources } from "../../components/state/stack-state.ts";
import { declare } from "../support/stack/declared.ts";

const TOKEN = "pulumi:pulumi:readStackResourceOutputs";
const VOLUME = { type: "openstack:blockstorage/volume:Volume", outputs: { size: 2 } };

/** Reads the state twice in a program where the backend's first answers are no state. */
async function read(troubles: number) {
  let asked = 0;
  const calls = {
    [TOKEN]: () => {
      asked += 1;
      if (asked <= troubles) throw new Error("failed to load checkpoint: EOF");
      return { outputs: { u1: VOLUME } };
    },
  };
  const { value } = await declare(() => Promise.allSettled([readStackResources(), readStackResources()]), {}, calls);
  const settled = await value;
  return { asked, read: settled };
}

test("the stack's state is read once for all who ask", async () => {
  const { asked, read: found } = await read(0);
  expect(asked).toBe(1);
  expect(found).toEqual(Array(2).fill({ status: "fulfilled", value: { u1: VOLUME } }));
});

test("the stack's state is read again if Pulumi was just writing it", async () => {
  const { asked, read: found } = await read(2);
  expect(asked).toBe(3);
  expect(found.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
});

test("a state that stays unreadable is an error, soon", async () => {
  const { asked, read: found } = await read(99);
  expect(asked).toBe(5);
  expect(found.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
