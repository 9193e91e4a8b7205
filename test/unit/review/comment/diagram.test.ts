import { describe, expect, test } from "vitest";
import { diagram, type Arrow } from "../../../../review/comment/diagram.ts";

const arrow = (server: string, over: Partial<Arrow> = {}): Arrow => ({
  server,
  from: { host: "node-28", zone: "nova" },
  to: { host: "node-31", zone: "nova2" },
  kind: "moves",
  ...over,
});

describe("a diagram", () => {
  test("shows zones with their hosts, and an arrow for all servers that go the same way", () => {
    expect(diagram([arrow("vm1"), arrow("vm2")], { nova: ["node-27", "node-28"], other: ["x"] })).toEqual([
      "```mermaid",
      "flowchart LR",
      '  subgraph z0["zone nova"]',
      '    h1["node-27"]',
      '    h2["node-28"]',
      "  end",
      '  subgraph z3["zone nova2"]',
      '    h4["node-31"]',
      "  end",
      '  h2 ==>|"vm1<br/>vm2"| h4',
      "  linkStyle 0 stroke:#1a7f37,stroke-width:3px",
      "```",
    ]);
  });

  test("tells moves that are blocked or unsure from those that will be made", () => {
    const lines = diagram([arrow("a", { kind: "blocked" }), arrow("b", { kind: "unsure" })]).join("\n");
    expect(lines).toContain('-.-x|"a<br/>(blocked)"|');
    expect(lines).toContain('-.->|"b<br/>(not checked)"|');
  });

  test("points at the zone where the host is still to be chosen", () => {
    const lines = diagram([arrow("a", { to: { host: null, zone: "nova2" } })]);
    const zone =
      lines
        .find((line) => line.includes("zone nova2"))
        ?.trim()
        .split(/[ []/)[1] ?? "?";
    expect(lines).toContainEqual(`  h1 ==>|"a"| ${zone}`);
  });

  test("takes the zone of a host from the zones if the move does not have it", () => {
    const lines = diagram([arrow("a", { from: { host: "node-28", zone: null } })], { nova: ["node-28"] });
    expect(lines.filter((line) => line.includes("node-28"))).toEqual(['    h1["node-28"]']);
    expect(lines[2]).toContain("zone nova");
  });

  test("draws nothing for no moves, and nothing for too many", () => {
    expect(diagram([])).toEqual([]);
    const many = Array.from({ length: 60 }, (_, i) => arrow(`vm${i}`, { from: { host: `h${i}`, zone: "nova" } }));
    expect(diagram(many)).toEqual([]);
  });

  test("names a few of many servers that go one way", () => {
    const many = Array.from({ length: 60 }, (_, i) => arrow(`vm${i}`));
    expect(diagram(many).join("\n")).toContain('|"vm0<br/>vm1<br/>vm2<br/>and 57 more"|');
  });

  test("no name leaves its label", () => {
    const lines = diagram([arrow('x"] --> y["```\n%%{init}%%')]);
    expect(lines.filter((line) => line.startsWith("```"))).toHaveLength(2);
    expect(lines.find((line) => line.includes("==>"))).toMatch(/^ {2}h\d ==>\|"[^"`]*"\| h\d$/);
  });
});
