import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import type { MigrationRecord } from "../../../../migration/contract/record.ts";
import { reportPage } from "../../../../migration/report/page.ts";
import { traced } from "../../../../migration/report/trace.ts";
import { emptyTrace } from "../../../../migration/report/trace-data.ts";
import { run } from "../../../../migration/engine/run.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { NovaModel } from "../../../support/engine/nova-model.ts";
import type { MigrationScript } from "../../../support/engine/migration-script.ts";
import { recordOf } from "../../../support/engine/record.ts";
import { contextOf } from "../../../support/engine/run-context.ts";
import { HOSTS, request } from "../../../support/engine/samples.ts";

/** The record and the trace of a whole run of the engine. */
async function runOf(script: Partial<MigrationScript>) {
  const clock = new FakeClock();
  const trace = { ...emptyTrace(), hosts: HOSTS };
  const context = contextOf(new NovaModel(clock, script), clock);
  const record = await run(request(), { ...context, progress: traced(context.progress, clock, trace) });
  return { record, trace };
}

/** What the tests use of the DOM: its own types would bring a browser's globals into every file. */
interface Element {
  textContent: string;
  attributes: Iterable<{ name: string }>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}
const parse = (page: string) => (parseHTML(page) as unknown as { document: Element }).document;
const documentOf = (record: MigrationRecord, trace = emptyTrace()) => parse(reportPage(record, trace));
const all = (from: Element | undefined | null, selector: string) => [...(from?.querySelectorAll(selector) ?? [])];
const texts = (elements: Element[]) => elements.map(({ textContent }) => textContent);
const sectionOf = (document: Element, title: string) =>
  all(document, "section").find((section) => section.querySelector("h2")?.textContent.startsWith(title));

describe("the report of a move", () => {
  it("has every check, those that failed first", async () => {
    const { record, trace } = await runOf({ ending: "source-dies" });
    const rows = all(sectionOf(documentOf(record, trace), "Checks"), "tbody tr");
    expect(rows).toHaveLength(record.checks.length);
    for (const { check, subject = "", observed } of record.checks) {
      const shown = rows.some((row) => [check, subject, observed].every((text) => row.textContent.includes(text)));
      expect(shown, `${check} ${subject}`).toBe(true);
    }
    const outcomes = rows.map((row) => row.getAttribute("class"));
    const failed = record.checks.filter(({ outcome }) => outcome === "failed").length;
    expect(failed).toBeGreaterThan(0);
    expect(outcomes.slice(0, failed)).toEqual(Array.from({ length: failed }, () => "failed"));
    expect(outcomes.at(-1)).toBe("passed");
  });

  it("draws zones, hosts, the server and its volumes before and after", async () => {
    const { record, trace } = await runOf({});
    const figures = all(documentOf(record, trace), "figure");
    expect(figures).toHaveLength(2);
    for (const figure of figures) {
      const drawn = texts(all(figure, "svg text"));
      for (const name of ["nova", "nova2", "node-27", "node-28", "node-31", "admin_vm01", "admin_vol01", "admin_vol11"])
        expect(drawn).toContain(name);
    }
  });

  it("draws each phase, and the memory that the watch was given", async () => {
    const { record, trace } = await runOf({ runs: 60_000, queued: 9_000 });
    const document = documentOf(record, trace);
    const drawn = texts(all(sectionOf(document, "Phases"), "svg text"));
    for (const phase of ["preflight", "accepted", "queued", "running", "verify", "Nova's record"])
      expect(drawn).toContain(phase);
    expect(trace.memorySamples.length).toBeGreaterThan(8);
    expect(all(sectionOf(document, "Memory"), "svg circle")).toHaveLength(trace.memorySamples.length);
  });

  it("shows the downtime where it was", () => {
    const beganAt = "2026-01-01T00:00:07.000Z";
    const document = documentOf(
      recordOf({ downtime: { milliseconds: 412, probe: "ping", intervalMilliseconds: 50, beganAt } }),
    );
    expect(sectionOf(document, "Phases")?.textContent).toContain("412 ms without an answer");
  });

  it("says why there is no curve of memory", () => {
    expect(sectionOf(documentOf(recordOf()), "Memory")?.textContent).toContain("No samples");
  });

  it.each(["refused", "still-running", "failed", "already-there"] as const)(
    "is made of a record that is %s",
    (outcome) => {
      const nowhere = { host: null, hypervisorHostname: null, availabilityZone: null };
      const bare = recordOf({
        outcome,
        checks: [],
        destination: nowhere,
        source: nowhere,
        current: nowhere,
        downtime: null,
      });
      const document = documentOf(bare);
      expect(document.querySelector("h1")?.textContent).toBe("Live migration of admin_vm01");
      expect(all(document, "svg").length).toBeGreaterThanOrEqual(3);
    },
  );
});

describe("the page itself", () => {
  it("loads nothing, and runs nothing", async () => {
    const { record, trace } = await runOf({ runs: 60_000 });
    const page = reportPage(record, trace);
    const document = parse(page);
    expect(all(document, "script, link, img, iframe, object, embed, base, form")).toEqual([]);
    const attributes = all(document, "*").flatMap(({ attributes: own }) => [...own]);
    expect(
      attributes.map(({ name }) => name).filter((name) => /^(on.*|src|href|xlink:href|action)$/.test(name)),
    ).toEqual([]);
    expect(page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(/https?:\/\/|url\(|@import/);
    expect(page).toContain("default-src 'none'");
  });

  it("says of what failed why, and what to do", () => {
    const [check] = [{ check: "port-bound", expected: "bound", observed: "not bound", outcome: "failed" } as const];
    const cell = (over: object) =>
      all(parse(reportPage(recordOf({ checks: [{ ...check, ...over }] }))), "tr.failed td").at(-1)?.textContent;
    expect(cell({ reason: "it is elsewhere", fix: "look at its agent" })).toMatch(/elsewhere *Fix: look at its agent$/);
    expect(cell({ reason: "as an earlier version wrote it" })).toBe("as an earlier version wrote it");
  });

  it("shows names as they are, whatever is in them", () => {
    const nasty = `<img src=x onerror="alert(1)">&'</style></pre><script>`;
    const place = { host: nasty, hypervisorHostname: nasty, availabilityZone: nasty };
    const [volume] = [
      {
        id: nasty,
        name: nasty,
        device: nasty,
        sizeGiB: 1,
        bootable: true,
        status: nasty,
        attachments: 1,
        attachedHosts: [nasty],
      },
    ];
    const page = reportPage(
      recordOf({
        summary: nasty,
        server: { id: nasty, name: nasty },
        source: place,
        current: place,
        volumes: [volume],
        checks: [
          {
            check: nasty,
            subject: nasty,
            expected: nasty,
            observed: nasty,
            outcome: "failed",
            reason: nasty,
            fix: nasty,
          },
        ],
        findings: [
          { code: nasty, severity: "warning", transient: false, path: nasty, value: nasty, problem: nasty, fix: nasty },
        ],
        guest: { address: nasty, bootId: nasty, uptimeSeconds: 1, blockDevices: [nasty] },
        timings: { ...recordOf().timings, phases: [{ phase: nasty, seconds: 1 }] },
      }),
    );
    expect(page).not.toContain("<img");
    expect(page).not.toContain("<script");
    expect(page.match(/<\/style>/g)).toHaveLength((page.match(/<style/g) ?? []).length);
    expect(parse(page).querySelector("h1")?.textContent).toBe(`Live migration of ${nasty}`);
  });
});
