import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";
import { installPackages } from "../../lab/packages.ts";

const EXECUTABLE = "/usr/bin/chromium";

/** Debian's Chromium, installed if it is missing. It gets nothing from the network, and has a new profile each time. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) await installPackages(["chromium"], () => undefined);
  return await chromium.launch({
    executablePath: EXECUTABLE,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
