/** Every hostile name in every target that a parser can read back. (Shell, files and terminals: the tests beside this.) */
import { parseHTML } from "linkedom";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { insertEntry } from "../../../operator/import/insert-entry.ts";
import { known } from "../../../migration/cloud/snapshot.ts";
import { plan } from "../../../migration/plan/plan.ts";
import { reportPage } from "../../../migration/report/page.ts";
import { stackFile } from "../../../operator/new-stack/stack-file.ts";
import { html } from "../../../text/html.ts";
import { code, linkTarget, preformatted, prose } from "../../../text/markdown.ts";
import { mermaidText } from "../../../text/mermaid.ts";
import { segment } from "../../../text/url.ts";
import { hasUnseen, visible } from "../../../text/visible.ts";
import { host, HOSTS, request, server, snapshot } from "../../support/engine/samples.ts";
import { yamlLine } from "../../../text/yaml.ts";
import { HOSTILE_NAMES } from "../../support/hostile-names.ts";
import { recordOf } from "../../support/engine/record.ts";

interface Element {
  textContent: string;
  getAttribute: (name: string) => string | null;
  querySelectorAll: (selector: string) => Iterable<Element>;
}
const parsed = (markup: string) => (parseHTML(markup) as unknown as { document: Element }).document;
const inLines = (text: string) => text.split("\n").map(visible).join("\n");

it("is text in HTML, in an element and in an attribute", () => {
  for (const name of HOSTILE_NAMES) {
    const document = parsed(
      html`<html>
        <body>
          <p title="${name}">${name}</p>
        </body>
      </html>`.text,
    );
    const elements = [...document.querySelectorAll("body *")];
    expect(elements.map((one) => [one.textContent, one.getAttribute("title")])).toEqual([
      [inLines(name), inLines(name)],
    ]);
  }
});

it("is text in the report", () => {
  const plain = [...parsed(reportPage(recordOf())).querySelectorAll("*")].length;
  for (const name of [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u001b[31m\u202e",
    "]]>--></style>",
  ]) {
    const page = reportPage(recordOf({ server: { id: name, name }, summary: name }));
    expect([...parsed(page).querySelectorAll("*")]).toHaveLength(plain);
    expect(page.split("\n").filter(hasUnseen)).toEqual([]);
  }
});

it("comes back from YAML, as a key and as a value, and a strict reader takes it", () => {
  for (const name of HOSTILE_NAMES) {
    const line = yamlLine({ [name]: [name] });
    expect([line, hasUnseen(line)]).toEqual([expect.any(String), false]);
    expect(Object.entries(parse(line) as object)).toEqual([[name, [name]]]);
  }
});

it("comes back from a file that it is put into, in which all else stays", () => {
  let text: string | undefined = "config:\n  # a comment\n  servers:\n";
  for (const name of HOSTILE_NAMES) text = insertEntry(text ?? "", ["config", "servers", name], { host: name });
  text ??= "";
  expect(text.split("\n").filter(hasUnseen)).toEqual([]);
  expect(text).toContain("# a comment");
  const { config } = parse(text) as { config: { servers: Record<string, unknown> } };
  expect(Object.entries(config.servers)).toEqual(expect.arrayContaining(HOSTILE_NAMES.map((host) => [host, { host }])));
});

it("stays in its line of a new stack's file, comments included", () => {
  for (const name of HOSTILE_NAMES) {
    const wish = { stack: "s", cloud: name, region: name, zones: {}, flavor: undefined, networks: [name], image: name };
    const places = { zones: [{ name, hosts: [name], made: true }], ready: [name], flavors: [name, `${name}2`] };
    const text = stackFile(wish, places);
    expect(text.split("\n").filter(hasUnseen)).toEqual([]);
    const { config } = parse(text) as { config: Record<string, unknown> };
    expect(config).toEqual({
      "openstack-live-migration:cloud": name,
      "openstack-live-migration:region": name,
      "openstack-live-migration:defaults": {
        flavor: name,
        networks: [name],
        bootVolume: { image: name, sizeGiB: 10 },
      },
    });
  }
});

it("ends no cell, no code and no line of Markdown, and mentions nobody", () => {
  for (const name of HOSTILE_NAMES) {
    expect(code(name)).toMatch(/^(`[^`|<>\n]*`|<code>[^`|<>\n]*<\/code>)$/u);
    expect(prose(name)).not.toMatch(/[|\n[\]*]|@(?!<!-- -->)|:\/\/|<(?!code>|\/code>|!-- -->)/u);
    expect(preformatted(name).slice(1, -1).join("\n")).not.toMatch(/[<>]/);
  }
});

it("leads no link elsewhere", () => {
  expect(HOSTILE_NAMES.map(linkTarget).filter((target) => target !== "#")).toEqual(["http://evil.example/"]);
  expect(linkTarget("https://ci.example/a_(b)?c=1#d")).toBe("https://ci.example/a%5F%28b%29?c=1#d");
  expect(linkTarget("javascript:alert(1)")).toBe("#");
});

it("is letters, digits and entities in a diagram", () => {
  expect(HOSTILE_NAMES.map(mermaidText).filter((text) => !/^([\p{L}\p{N} _.,:/()+-]|#\d+;)*$/u.test(text))).toEqual([]);
});

it("is one segment of a URL's path", () => {
  for (const name of HOSTILE_NAMES) {
    const { pathname, search, hash } = new URL(`http://cloud.example/servers/${segment(name)}/action`);
    expect([pathname.split("/").length, search, hash]).toEqual([4, "", ""]);
    expect(pathname).toMatch(/^\/servers\/.+\/action$/);
  }
});

/** What is found about a move to a host of that name which is closed in every way, for a locked server. */
const findingsOn = (name: string, forcedDown = false) => {
  const closed = host(name, "nova2", { up: false, enabled: false, forcedDown, disabledReason: name });
  const own = server({ locked: true, host: null, id: "a;b", hostId: "elsewhere" });
  return plan(request({ host: name }), snapshot({ server: own, hosts: known([...HOSTS, closed]) })).findings;
};
const fixOf = (code: string, name: string) => findingsOn(name, true).find((found) => found.code === code)?.fix ?? "";

it("is quoted in the commands of findings", () => {
  expect(fixOf("destination-disabled", "$(id) x")).toContain("--enable '$(id) x' nova-compute");
  expect(fixOf("destination-forced-down", "`id`")).toContain("service set --up ");
  expect(fixOf("destination-forced-down", "`id`")).not.toContain("`id`");
  expect(fixOf("server-locked", "b")).toContain("unlock 'a;b'");
});

it("ends no line of a finding", () => {
  for (const name of HOSTILE_NAMES) {
    const parts = findingsOn(name).flatMap((found) => [found.value, found.problem, found.fix]);
    expect(parts.length).toBeGreaterThan(6);
    expect(parts.filter(hasUnseen)).toEqual([]);
  }
});
