import { setImmediate as turn } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { FirstUse } from "../../../openstack/first-use.ts";

/** Requests that are answered when told to; `sent` has those that went out, in order. */
function wire() {
  const sent: string[] = [];
  const answers = new Map<string, { answer: () => void; fail: (error: Error) => void }>();
  const request = (name: string) => () => {
    sent.push(name);
    return new Promise<string>((resolve, fail) => {
      answers.set(name, {
        answer: () => {
          resolve(name);
        },
        fail,
      });
    });
  };
  return { sent, answers, request };
}

it("lets the first request with a token go ahead, and all others when that is answered", async () => {
  const [firstUse, { sent, answers, request }, token] = [new FirstUse(), wire(), {}];
  const all = ["a", "b", "c"].map((name) => firstUse.send(token, request(name)));
  await turn();
  expect(sent).toEqual(["a"]);
  answers.get("a")?.answer();
  await turn();
  expect(sent).toEqual(["a", "b", "c"]);
  answers.get("c")?.answer();
  expect([await all[0], await all[2]]).toEqual(["a", "c"]);
});

it("lets one that costs nothing but the look at the token go ahead of those asked for before it", async () => {
  const [firstUse, { sent, answers, request }, token] = [new FirstUse(), wire(), {}];
  void firstUse.send(token, request("a"));
  await Promise.resolve();
  void firstUse.send(token, request("document"), true);
  await turn();
  expect(sent).toEqual(["document"]);
  answers.get("document")?.answer();
  await turn();
  expect(sent).toEqual(["document", "a"]);
});

it("holds nothing up for a first request that fails, which is told to its own caller alone", async () => {
  const [firstUse, { sent, answers, request }, token] = [new FirstUse(), wire(), {}];
  const first = firstUse.send(token, request("a"));
  const second = firstUse.send(token, request("b"));
  await turn();
  answers.get("a")?.fail(new Error("503"));
  await expect(first).rejects.toThrow("503");
  await turn();
  expect(sent).toEqual(["a", "b"]);
  answers.get("b")?.answer();
  expect(await second).toBe("b");
});

it("holds nothing up for long where the first is not answered", async () => {
  const [firstUse, { sent, request }, token] = [new FirstUse(5), wire(), {}];
  void firstUse.send(token, request("a"));
  void firstUse.send(token, request("b"));
  await turn();
  expect(sent).toEqual(["a"]);
  await vi.waitFor(() => {
    expect(sent).toEqual(["a", "b"]);
  });
});

it("begins anew with a new token", async () => {
  const [firstUse, { sent, answers, request }] = [new FirstUse(), wire()];
  const [old, young] = [{}, {}];
  void firstUse.send(old, request("a"));
  await turn();
  answers.get("a")?.answer();
  await turn();
  void firstUse.send(young, request("b"));
  void firstUse.send(young, request("c"));
  await turn();
  expect(sent).toEqual(["a", "b"]);
});
