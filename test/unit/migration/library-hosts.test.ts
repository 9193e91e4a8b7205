import { describe, expect, it } from "vitest";
import * as engine from "../../../migration/index.ts";
import { fails } from "../../support/http/mock-cloud.ts";
import { ServedCloud } from "../../support/http/served-cloud.ts";
import { mockHosts, SERVICES } from "../../support/hosts/mock-hosts.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** Hosts of a scripted cloud, found by the environment as by a program. */
async function connected(mock: ReturnType<typeof mockHosts>) {
  const served = await ServedCloud.start(mock);
  const before = { ...process.env };
  Object.assign(process.env, served.env);
  try {
    const hosts = await engine.connectHosts();
    return {
      hosts,
      [Symbol.asyncDispose]: async () => {
        await hosts[Symbol.asyncDispose]();
        await served[Symbol.asyncDispose]();
      },
    };
  } finally {
    process.env = before;
  }
}

describe("whole hosts as a library", () => {
  it("are shown and planned without a change", async () => {
    const mock = mockHosts(3);
    await using cloud = await connected(mock);
    expect(engine.HostsSchema.parse(await engine.listHosts(cloud.hosts)).hosts).toHaveLength(3);
    const plan = await engine.planDrain(cloud.hosts, { hosts: ["node-28"] });
    expect([engine.DrainPlanSchema.parse(plan).moves.length, plan.exitCode]).toEqual([3, 0]);
    expect(mock.log().filter((line) => !line.startsWith("GET"))).toEqual([]);
  });

  it("tell every problem of the input at once, and ask the cloud nothing", async () => {
    const mock = mockHosts(0);
    await using cloud = await connected(mock);
    const asked = mock.log().length;
    const wrong = { hosts: [], parallel: 0, stopped: "kill" } as unknown as engine.DrainInput;
    const error = await engine.drain(cloud.hosts, wrong).catch((thrown: unknown) => thrown);
    expect((error as engine.BadInput).problems.map(({ path }) => path)).toEqual(["hosts", "stopped", "parallel"]);
    await expect(engine.restore(cloud.hosts, { hosts: ["a"], since: "yesterday" })).rejects.toThrow(engine.BadInput);
    expect(mock.log()).toHaveLength(asked);
  });

  it("throw where this account may not disable a host", async () => {
    const id = SERVICES.find(({ host }) => host === "node-28")?.id ?? "";
    const mock = mockHosts(0).answer("compute", `PUT /os-services/${id}`, fails(403, "Policy doesn't allow it"));
    await using cloud = await connected(mock);
    const drained = engine.drain(cloud.hosts, { hosts: ["node-28"] }, { stateDirectory: tempFolder() });
    await expect(drained).rejects.toThrow("Nova did not disable node-28");
  });
});
