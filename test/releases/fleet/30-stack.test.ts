import { vi } from "vitest";
import { setPace } from "../../../lab/api.ts";
import { testPinnedMoves } from "../../support/stack/pinned-moves.ts";

// Pulumi on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

testPinnedMoves({
  home: "node-01",
  away: "node-02",
  failing: async (serverId, body) => {
    setPace({ seconds: 1, fail_at: 0.5 }, serverId);
    try {
      await body();
    } finally {
      setPace(undefined, serverId);
    }
  },
});
