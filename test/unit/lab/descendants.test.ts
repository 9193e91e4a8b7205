import { spawn } from "node:child_process";
import { expect, test, vi } from "vitest";
import { descendants } from "../../../lab/descendants.ts";

test("are a process and all that it has started, directly or not", async () => {
  const parent = spawn("sh", ["-c", "sh -c 'sleep 60 & wait' & wait"]);
  const pid = parent.pid ?? 0;
  try {
    await vi.waitFor(() => {
      expect(descendants(pid)).toHaveLength(3);
    });
    expect(descendants(pid)[0]).toBe(pid);
    expect(descendants(process.pid)).toEqual(expect.arrayContaining(descendants(pid)));
  } finally {
    for (const one of descendants(pid)) process.kill(one, "SIGKILL");
  }
});
