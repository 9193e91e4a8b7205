import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { DrainSchema, type DrainDocument } from "../../../../migration/contract/drain.ts";
import { drainMetrics } from "../../../../migration/report/drain/drain-metrics.ts";
import { drainPage } from "../../../../migration/report/drain/drain-page.ts";
import { ganttBars, hostCards } from "../../../../migration/report/drain/drain-picture.ts";
import { drainDocumentOf } from "../../../support/hosts/drain-documents.ts";

interface Element {
  textContent: string;
  attributes: Iterable<{ name: string }>;
  querySelectorAll(selector: string): Iterable<Element>;
}
const parse = (document: DrainDocument) =>
  (parseHTML(drainPage(document)) as unknown as { document: Element }).document;
const all = (from: Element | undefined, selector: string) => [...(from?.querySelectorAll(selector) ?? [])];
const sectionOf = (page: Element, title: string) =>
  all(page, "section").find((section) => all(section, "h2")[0]?.textContent === title);

describe("the report of a drain", () => {
  it("shows hosts before and after, with each server where it was and where it is", () => {
    const document = drainDocumentOf(4, { wrong: true });
    expect(DrainSchema.safeParse(document).error).toBeUndefined();
    const shown = (when: "before" | "after") =>
      hostCards(document, when).map(({ host, servers }) => [host, ...servers.map(({ name }) => name)].join(" "));
    expect(shown("before")).toEqual(["node-01 vm3 vm1", "node-02 vm2 vm4", "node-03", "node-04", "node-05", "node-06"]);
    expect(shown("after")).toEqual(["node-01 vm3", "node-02", "node-03 vm1", "node-04 vm2", "node-05", "node-06 vm4"]);
    const page = parse(document);
    expect(all(sectionOf(page, "Hosts after"), "li.wrong").map(({ textContent }) => textContent)).toEqual(["vm3"]);
    expect(sectionOf(page, "Leftovers")?.textContent).toContain("No valid host was found");
  });

  it("has a bar for every move, in the order of their starts, and the longest downtimes first", () => {
    const document = drainDocumentOf(20);
    const bars = ganttBars(document);
    expect(bars).toHaveLength(20);
    expect(bars.map(({ start }) => start)).toEqual(bars.map(({ start }) => start).sort((a, b) => a - b));
    const page = parse(document);
    expect(all(sectionOf(page, "Moves"), "svg rect").length).toBeGreaterThanOrEqual(20);
    const rows = all(sectionOf(page, "Longest downtimes"), "tbody td:last-child").map(({ textContent }) =>
      Number(/(\d+) ms/.exec(textContent)?.[1]),
    );
    expect(rows).toHaveLength(10);
    expect(rows[0]).toBe(document.longestDowntimeMilliseconds);
  });

  it("is one page of a bearable size for 200 servers", () => {
    const text = drainPage(drainDocumentOf(200));
    expect(text.length).toBeLessThan(600_000);
    expect(all(parse(drainDocumentOf(200)), "li.more").length).toBeGreaterThan(0);
  });

  it("shows names as they are, and runs nothing of them", () => {
    const name = `"><img src=x onerror=alert(1)><script>alert(2)</script> & vm`;
    const page = parse(drainDocumentOf(4, { nameOf: (n) => `${name}${n}`, wrong: true }));
    expect(all(page, "script, img")).toEqual([]);
    const handlers = all(page, "*").flatMap(({ attributes }) => [...attributes].map((one) => one.name));
    expect(handlers.filter((one) => one.startsWith("on"))).toEqual([]);
    expect(sectionOf(page, "Hosts before")?.textContent).toContain(`${name}1`);
  });

  it("says so where nothing was moved or measured", () => {
    const page = parse({ ...drainDocumentOf(0), moves: [], hosts: [], targets: [] });
    expect(sectionOf(page, "Moves")?.textContent).toContain("No move was begun.");
    expect(sectionOf(page, "Longest downtimes")?.textContent).toContain("No downtime was measured");
  });
});

describe("the metrics of a drain", () => {
  it("count what moved and what is left of each host", () => {
    const text = drainMetrics(drainDocumentOf(4, { wrong: true }));
    expect(text).toContain('live_migrate_last_drain_exit_code{hosts="node-01,node-02"} 5');
    expect(text).toContain('live_migrate_last_drain_servers_moved{hosts="node-01,node-02",host="node-01"} 1');
    expect(text).toContain('live_migrate_last_drain_servers_not_moved{hosts="node-01,node-02",host="node-01"} 1');
    expect(text).toContain('live_migrate_last_drain_leftovers{hosts="node-01,node-02",host="node-02"} 0');
  });
});
