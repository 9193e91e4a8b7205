import { expect, it } from "vitest";
import { drainTable } from "../../../bench/drain-figures.ts";

it("prints each tool's time beside Nova's ideal, and how many moves arrived and were verified", () => {
  const lines = drainTable({
    servers: 40,
    sources: 4,
    seconds: 108,
    idealSeconds: 100,
    clientLoopSeconds: 200,
    hostEvacuateLiveSeconds: 105,
    moved: {
      drain: { arrived: 40, verified: 40 },
      clientLoop: { arrived: 40, verified: 0 },
      hostEvacuateLive: { arrived: 39, verified: 0 },
    },
  });
  expect(lines[0]).toBe("40 servers from 4 hosts; ideal by Nova's records: 100.0 s");
  expect(lines[1]).toMatch(/live-migrate drain.* 108.0 s +1.08 × +40 arrived, 40 verified/);
  expect(lines[2]).toMatch(/openstack.* 200.0 s +2.00 × +40 arrived, 0 verified/);
  expect(lines[3]).toMatch(/host-evacuate-live.* 105.0 s +1.05 × +39 arrived, 0 verified/);
});
