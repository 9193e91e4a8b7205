import { labPaths, onHost } from "../../../lab/api.ts";
import { testPinnedMoves } from "../../support/stack/pinned-moves.ts";

testPinnedMoves({
  home: "node-27",
  away: "node-31",
  guest: () => ({ user: "root", identityFile: labPaths().guestKey }),
  failing: async (_, body) => {
    // The destination's libvirt cannot be reached from the source.
    const cut = ["INPUT", "-p", "tcp", "--dport", "16509", "-j", "REJECT", "--reject-with", "tcp-reset"];
    await onHost("node-31", ["iptables", "-I", ...cut]);
    try {
      await body();
    } finally {
      await onHost("node-31", ["iptables", "-D", ...cut]);
    }
  },
});
