/** Checks the package as users would install it: publint its form, attw how TypeScript finds its types. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const folder = await mkdtemp(join(tmpdir(), "package-"));
try {
  const { stdout } = await execa("npm", ["pack", "--json", "--pack-destination", folder], { stderr: "inherit" });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf("["))) as { filename: string }[];
  const tarball = join(folder, packed?.filename ?? "");
  const show = { preferLocal: true, stdio: "inherit" } as const;
  await execa("publint", ["run", tarball, "--strict"], show);
  // The package has ES modules alone, which Node.js 24 also gives to `require`.
  await execa("attw", [tarball, "--ignore-rules", "cjs-resolves-to-esm"], show);
} finally {
  await rm(folder, { recursive: true, force: true });
}
