import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drainPage } from "../../migration/report/drain/drain-page.ts";
import { openBrowser } from "../support/chromium.ts";
import { TEST_STATE } from "../support/environment.ts";
import { drainDocumentOf } from "../support/hosts/drain-documents.ts";

let browser: Browser;

beforeAll(async () => {
  await mkdir(TEST_STATE, { recursive: true });
  browser = await openBrowser();
}, 300_000);
afterAll(() => browser.close());

test.each([
  [4, "light"],
  [4, "dark"],
  [200, "light"],
  [200, "dark"],
] as const)("the report of a drain of %i servers fits the page, %s", async (servers, colorScheme) => {
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, colorScheme });
  const asked: string[] = [];
  page.on("request", (request) => void asked.push(request.url()));
  await page.setContent(drainPage(drainDocumentOf(servers, { wrong: true })));
  await page.screenshot({ path: join(TEST_STATE, `drain-report-${servers}-${colorScheme}.png`), fullPage: true });
  expect(await page.evaluate<boolean>("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true);
  expect(await page.locator("section svg rect").count()).toBeGreaterThanOrEqual(servers);
  expect(await page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor")).toBe(
    colorScheme === "dark" ? "rgb(18, 22, 27)" : "rgb(238, 241, 245)",
  );
  expect(asked.filter((url) => /^(https?|wss?):/.test(url))).toEqual([]);
  await page.close();
});
