import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { diagram, type Arrow } from "../../review/comment/diagram.ts";
import { openBrowser } from "../support/chromium.ts";
import { TEST_STATE } from "../support/environment.ts";

/** Mermaid as GitHub runs it: no markup in labels but its own. */
const MERMAID = createRequire(import.meta.url).resolve("mermaid/dist/mermaid.min.js");

let browser: Browser;
let page: Page;
const requests: string[] = [];

beforeAll(async () => {
  await mkdir(TEST_STATE, { recursive: true });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
  page.on("request", (request) => void requests.push(request.url()));
  await page.setContent("<!doctype html><body style='background:#fff'></body>");
  await page.addScriptTag({ path: MERMAID });
}, 120_000);
afterAll(() => browser.close());

/** Draws a diagram of a comment; its labels. Throws Mermaid's own error for what it cannot read. */
async function draw(lines: readonly string[], name: string): Promise<string[]> {
  expect([lines[0], lines.at(-1)]).toEqual(["```mermaid", "```"]);
  // Text, not a function: the browser's own types are none of this repository's.
  const labels = await page.evaluate<string[]>(`(async (source) => {
    mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
    document.body.innerHTML = (await mermaid.render("drawn", source)).svg;
    const found = document.querySelectorAll(".nodeLabel, .edgeLabel p, .cluster-label p");
    return [...found].map((label) => label.innerHTML.replaceAll(/<br ?\\/?>/g, " / ").replaceAll(/<[^>]+>/g, ""));
  })(${JSON.stringify(lines.slice(1, -1).join("\n"))})`);
  await page.locator("svg").screenshot({ path: join(TEST_STATE, `diagram-${name}.png`) });
  return labels;
}

const arrow = (server: string, over: Partial<Arrow> = {}): Arrow => ({
  server,
  from: { host: "node-28", zone: "nova" },
  to: { host: "node-31", zone: "nova2" },
  kind: "moves",
  ...over,
});

test("zones, hosts and servers are drawn", async () => {
  const arrows = [
    arrow("admin_vm01"),
    arrow("admin_vm02"),
    arrow("db01", { kind: "blocked" }),
    arrow("web01", { from: { host: "node-27", zone: "nova" }, to: { host: null, zone: "nova2" }, kind: "unsure" }),
  ];
  const labels = await draw(diagram(arrows, { nova: ["node-27", "node-28"], nova2: ["node-31", "node-32"] }), "moves");
  const wanted = ["zone nova", "zone nova2", "node-27", "node-28", "node-31", "node-32"];
  expect(labels).toEqual(expect.arrayContaining([...wanted, "admin_vm01 / admin_vm02", "db01 / (blocked)"]));
  expect(await page.locator("path.flowchart-link").count()).toBe(3);
});

test("names that look like markup are drawn as they are, and run nothing", async () => {
  const name = 'x"] --> y[`a|b`] <img src=x onerror=alert(1)> #35; %%{init: {}}%%';
  const labels = await draw(diagram([arrow(name)]), "names");
  expect(labels).toContain(name.replaceAll("<", "&lt;").replaceAll(">", "&gt;"));
  expect(await page.locator("svg img").count()).toBe(0);
});

test("a large change is still a picture", async () => {
  const many = Array.from({ length: 120 }, (_, i) =>
    arrow(`vm${i}`, {
      from: { host: `node-${i % 6}`, zone: "nova" },
      to: { host: `node-${10 + (i % 6)}`, zone: "nova2" },
    }),
  );
  expect(await draw(diagram(many), "many")).toContain("vm0 / vm6 / vm12 / and 17 more");
});

test("nothing was loaded from anywhere", () => {
  expect(requests.filter((url) => /^(https?|wss?):/.test(url))).toEqual([]);
});
