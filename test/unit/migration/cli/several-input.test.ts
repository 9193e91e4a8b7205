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
  throw new Error("the options were accepted");
};

describe("several servers", () => {
  it.each([
    [{ server: "a" }, false],
    [{ servers: ["a", "b"] }, true],
    [{ server: "a", parallel: "1" }, true],
    [{ server: "a", stopOnFailure: true }, true],
  ])("are requested by %j: %s", (options, several) => {
    expect(isSeveral(options)).toBe(several);
  });

  it("move one at a time by default, each with the same request", () => {
    const { request, ...rest } = readSeveral({ servers: ["a", "b"], zone: "nova2", cloud: "prod", onTimeout: "abort" });
    expect(rest).toEqual({ servers: ["a", "b"], parallel: 1, stopOnFailure: false });
    expect(request).toMatchObject({ zone: "nova2", cloud: "prod", onTimeout: "abort", azPin: "refuse" });
    expect(readSeveral({ server: "a", host: "h", parallel: "4", stopOnFailure: true })).toMatchObject({
      servers: ["a"],
      parallel: 4,
      stopOnFailure: true,
    });
  });

  it("get all their problems at once, each with a fix", () => {
    const problems = problemsOf({
      servers: ["a", "b", "a", "a"],
      azPin: "maybe",
      parallel: "many",
      volumeIds: "v1",
      guest: '{"user":"root","address":"10.0.0.1"}',
      jsonOnSuccess: true,
    });
    // The guest's own problems are not known while the rest of the request is wrong.
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
    expect(readSeveral({ servers: ["a", "b"], host: "h", guest: '{"user":"root"}' }).request.guest?.user).toBe("root");
  });

  it.each(["0", "-1", "1.5", "", "two", "99999"])(
    "refuse %j as the maximum number of concurrent migrations",
    (parallel) => {
      expect(problemsOf({ servers: ["a", "b"], host: "h", parallel }).map(({ path }) => path)).toEqual(["--parallel"]);
    },
  );

  it("are refused if no server is named", () => {
    expect(problemsOf({ host: "h", parallel: "2" }).map(({ path }) => path)).toEqual(["SERVER"]);
  });
});
