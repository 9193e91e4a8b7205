import { describe, expect, it } from "vitest";
import { BadInput } from "../../../../migration/contract/request-input.ts";
import { isSeveral, readSeveral } from "../../../../migration/cli/several-input.ts";

const problemsOf = (options: Parameters<typeof readSeveral>[0]) => {
  try {
    readSeveral(options);
  } catch (error) {
    if (error instanceof BadInput) return error.problems;
    throw error;
  }
  throw new Error("it was taken");
};

describe("several servers", () => {
  it.each([
    [{ server: "a" }, false],
    [{ servers: ["a", "b"] }, true],
    [{ server: "a", parallel: "1" }, true],
    [{ server: "a", stopOnFailure: true }, true],
  ])("%j: %s", (options, several) => {
    expect(isSeveral(options)).toBe(several);
  });

  it("go one after another unless asked otherwise, each with the same wish", () => {
    const { wish, ...rest } = readSeveral({ servers: ["a", "b"], zone: "nova2", cloud: "prod", onTimeout: "abort" });
    expect(rest).toEqual({ servers: ["a", "b"], parallel: 1, stopOnFailure: false });
    expect(wish).toMatchObject({ zone: "nova2", cloud: "prod", onTimeout: "abort", azPin: "refuse" });
    expect(readSeveral({ server: "a", host: "h", parallel: "4", stopOnFailure: true })).toMatchObject({
      servers: ["a"],
      parallel: 4,
      stopOnFailure: true,
    });
  });

  it("have all their problems listed at once, each with a fix", () => {
    const problems = problemsOf({
      servers: ["a", "b", "a", "a"],
      azPin: "maybe",
      parallel: "many",
      volumeIds: "v1",
      guest: '{"user":"root","address":"10.0.0.1"}',
      jsonOnSuccess: true,
    });
    // The guest's own problems are not known where the rest of the wish is wrong.
    expect(problems.map(({ path }) => path)).toEqual([
      "--az-pin",
      "--host",
      "SERVER",
      "--volumes",
      "--json-on-success",
      "--parallel",
    ]);
    for (const { value, problem, fix } of problems) {
      for (const text of [problem, fix]) expect(text).toMatch(/\w{3}/);
      expect(value).not.toBe("");
    }
  });

  it("cannot share a guest's address", () => {
    const guest = '{"user":"root","address":"10.0.0.1"}';
    expect(problemsOf({ servers: ["a", "b"], host: "h", guest })).toEqual([
      expect.objectContaining({ path: "--guest.address", value: "10.0.0.1" }),
    ]);
    expect(readSeveral({ servers: ["a", "b"], host: "h", guest: '{"user":"root"}' }).wish.guest?.user).toBe("root");
  });

  it.each(["0", "-1", "1.5", "", "two", "99999"])("%j is no number of servers at a time", (parallel) => {
    expect(problemsOf({ servers: ["a", "b"], host: "h", parallel }).map(({ path }) => path)).toEqual(["--parallel"]);
  });

  it("where the only one is not named, that is said", () => {
    expect(problemsOf({ host: "h", parallel: "2" }).map(({ path }) => path)).toEqual(["SERVER"]);
  });
});
