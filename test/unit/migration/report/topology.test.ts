import { describe, expect, it } from "vitest";
import type { VolumeFacts } from "../../../../migration/contract/record.ts";
import { topology } from "../../../../migration/report/topology.ts";
import { emptyTrace } from "../../../../migration/report/trace-data.ts";
import { recordOf } from "../../../support/engine/record.ts";

const volume = (attachedHosts: string[] | null): VolumeFacts => ({
  id: "v1",
  name: "admin_vol01",
  device: "/dev/vda",
  sizeGiB: 1,
  bootable: true,
  status: "in-use",
  attachments: attachedHosts?.length ?? null,
  attachedHosts,
});

const hosts = (count: number, availabilityZone: string) =>
  Array.from({ length: count }, (_, i) => ({ host: `${availabilityZone}-${i}`, availabilityZone }));

describe("topology", () => {
  it("puts the server into its host, before and after", () => {
    for (const [when, home] of [
      ["before", "node-28"],
      ["after", "node-31"],
    ] as const) {
      const { boxes } = topology(recordOf(), emptyTrace(), when);
      const server = boxes.find(({ kind }) => kind === "server");
      const host = boxes.find(({ kind, text }) => kind === "host" && text === home);
      expect(server).toMatchObject({ text: "admin_vm01" });
      expect((server?.x1 ?? 0) >= (host?.x1 ?? Infinity) && (server?.y2 ?? Infinity) <= (host?.y2 ?? 0)).toBe(true);
    }
  });

  it("marks an attachment on a host where the server is not", () => {
    const record = recordOf({ volumes: [volume(["node-28", "node-31"])] });
    expect(topology(record, emptyTrace(), "after").links.map(({ right }) => right)).toEqual([false, true]);
    expect(topology(record, emptyTrace(), "before").links.map(({ right }) => right)).toEqual([true]);
  });

  it("shows some of many hosts, all that took part among them, and only the zones of these", () => {
    const trace = {
      ...emptyTrace(),
      hosts: [
        ...hosts(50, "nova"),
        { host: "node-28", availabilityZone: "nova" },
        { host: "node-31", availabilityZone: "nova2" },
        ...hosts(3, "other"),
      ],
    };
    const { boxes } = topology(recordOf(), trace, "after");
    const shown = (kind: string) => boxes.filter((box) => box.kind === kind).map(({ text }) => text);
    expect(shown("zone")).toEqual(["nova", "nova2"]);
    expect(shown("host")).toHaveLength(5);
    expect(shown("host")).toEqual(expect.arrayContaining(["node-28", "node-31"]));
    expect(shown("note")).toEqual(["and 47 more"]);
  });
});
