import { describe, expect, it } from "vitest";
import {
  command,
  comment,
  finding,
  headline,
  MIGRATION,
  moved,
  moves,
  place,
  planFile,
  preview,
  said,
} from "../../../support/review/preview.ts";

const blocked = { transient: false };

describe("the comment on a preview and its plans", () => {
  const { text, plans } = moves([planFile("vm10"), planFile("vm9")]);

  it("is good if everything will be done and nothing is lost", () => {
    expect(comment(text, { plans })).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ✅ \`prod\`: 2 servers will move live; nothing is replaced or deleted

      | Server | From → to | Zone | How | Takes about | Verdict |
      | --- | --- | --- | --- | --- | --- |
      | \`vm9\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | ✅ will move |
      | \`vm10\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | ✅ will move |

      \`\`\`mermaid
      flowchart LR
        subgraph z0["zone nova"]
          h1["node-28"]
        end
        subgraph z2["zone nova2"]
          h3["node-31"]
        end
        h1 ==>|"vm9<br/>vm10"| h3
        linkStyle 0 stroke:#1a7f37,stroke-width:3px
      \`\`\`
      "
    `);
    expect(headline(preview([]))).toBe("### ✅ `prod`: nothing changes");
  });

  it("is not good if a policy rejected it, which the exit code alone says", () => {
    expect(comment(text, { plans, exitCode: 255 })).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ⛔ \`prod\`: the preview failed, nothing can be applied; 2 servers could move live

      \`pulumi preview\` exited with 255, and its document has no error: a mandatory policy may have rejected the update. **Fix:** read the log of the preview.

      | Server | From → to | Zone | How | Takes about | Verdict |
      | --- | --- | --- | --- | --- | --- |
      | \`vm9\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | could move |
      | \`vm10\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | could move |

      \`\`\`mermaid
      flowchart LR
        subgraph z0["zone nova"]
          h1["node-28"]
        end
        subgraph z2["zone nova2"]
          h3["node-31"]
        end
        h1 ==>|"vm9<br/>vm10"| h3
        linkStyle 0 stroke:#1a7f37,stroke-width:3px
      \`\`\`
      "
    `);
  });

  it("promises nothing without the exit code", () => {
    expect(comment(text, { plans, exitCode: undefined })).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ⚠️ \`prod\`: 2 servers could move live

      The exit code of \`pulumi preview\` was not given, so whether the preview succeeded is not known: a mandatory policy that rejects the update shows in the exit code alone. **Fix:** give it to \`preview:comment\` as \`--exit-code\`.

      | Server | From → to | Zone | How | Takes about | Verdict |
      | --- | --- | --- | --- | --- | --- |
      | \`vm9\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | could move |
      | \`vm10\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | could move |

      \`\`\`mermaid
      flowchart LR
        subgraph z0["zone nova"]
          h1["node-28"]
        end
        subgraph z2["zone nova2"]
          h3["node-31"]
        end
        h1 ==>|"vm9<br/>vm10"| h3
        linkStyle 0 stroke:#1a7f37,stroke-width:3px
      \`\`\`
      "
    `);
    expect(headline(preview([]), { exitCode: undefined })).toBe("### ⚠️ `prod`: the preview's document has no changes");
  });

  it("says that the plans are missing, and what the preview said", () => {
    const warned = moves([planFile("a", { findings: [finding({ severity: "warning" })] })]);
    expect(comment(warned.text, { plans: undefined })).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ⚠️ \`prod\`: 1 move was not checked

      | Server | From → to | Zone | How | Takes about | Verdict |
      | --- | --- | --- | --- | --- | --- |
      | \`a\` | \`node-28\` → \`node-31\` | ? | – | – | ⚠️ not checked |

      \`\`\`mermaid
      flowchart LR
        h0["node-28"]
        h1["node-31"]
        h0 -.->|"a<br/>(not checked)"| h1
        linkStyle 0 stroke:#9a6700,stroke-width:3px
      \`\`\`

      #### Warnings

      - \`a\` was not checked: \`preview:comment\` has no plan of it. Fix: set \`LIVE_MIGRATE_PLANS\` to a folder for \`pulumi preview\`, and give the same folder as \`--plans\`
      - \`a\`: warning: host (node-31 is down): nova-compute on node-31 does not report. Fix: look at it

      #### What the preview said

      - \`a\`: a: node-28 (nova) → node-31 (nova2); about 9 s; compute 2.90, host validated by the scheduler
      "
    `);
    expect(comment(warned.text, { plans: { files: [], problems: [] } })).toContain("the preview wrote no plan of it");
  });

  it("does not take the plans of an earlier preview", () => {
    const stale = { files: [planFile("vm9", { estimateSeconds: 8 }), planFile("gone")], problems: [] };
    const shown = comment(text, { plans: stale });
    expect(shown).toContain("### ⚠️ `prod`: 2 moves were not checked\n");
    expect(shown).not.toMatch(/✅|gone/);
  });

  it("names a plan that cannot be read", () => {
    const problems = ["x.json holds no plan. Fix: use the preview:comment of the version that wrote it"];
    expect(comment(text, { plans: { ...plans, problems } })).toMatch(/^### ⚠️ [^]*- x\.json holds no plan/m);
  });

  it("shows blocked moves first, with their reasons and fixes, and what may still change", () => {
    const files = [
      planFile("vm1"),
      planFile("vm2", { action: "refuse", findings: [finding()] }),
      planFile("vm3", { action: "look-again" }),
      planFile("vm4", { action: "refuse", findings: [finding({ ...blocked, problem: "pinned" })] }),
      planFile("vm5", { action: "adopt", drift: true }),
      planFile("vm6", { action: "nothing" }),
      planFile("vm7", { destination: place(null, "nova2"), estimateSeconds: 3000, drift: true }),
    ];
    const all = moves(files);
    expect(comment(all.text, { plans: all.plans })).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ⛔ \`prod\`: 1 move can never be made as asked, 2 moves would be refused now and 3 servers will move live

      #### What blocks the moves

      - \`vm4\`, \`host\` = \`node-31 is down\`: pinned. **Fix:** look at it
      - \`vm2\`, \`host\` = \`node-31 is down\`: nova-compute on node-31 does not report. It may be different by the time of \`up\`. **Fix:** look at it

      | Server | From → to | Zone | How | Takes about | Verdict |
      | --- | --- | --- | --- | --- | --- |
      | \`vm4\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | ⛔ blocked |
      | \`vm2\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | ⛔ blocked as things are now |
      | \`vm3\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | ⚠️ a migration is just ending; run the preview again |
      | \`vm1\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | ✅ will move |
      | \`vm7\` | \`node-28\` → a host of \`nova2\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 50 min | ✅ will move back: others moved it |
      | \`vm5\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | ✅ migrating, \`up\` watches it |
      | \`vm6\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | compute 2.90, host validated by the scheduler | 9 s | ✅ already on target, \`up\` verifies it |

      \`\`\`mermaid
      flowchart LR
        subgraph z0["zone nova"]
          h1["node-28"]
        end
        subgraph z2["zone nova2"]
          h3["node-31"]
        end
        h1 -.-x|"vm4<br/>vm2<br/>(blocked)"| h3
        h1 -.->|"vm3<br/>(not checked)"| h3
        h1 ==>|"vm1<br/>vm5"| h3
        h1 ==>|"vm7"| z2
        linkStyle 0 stroke:#cf222e,stroke-width:3px
        linkStyle 1 stroke:#9a6700,stroke-width:3px
        linkStyle 2 stroke:#1a7f37,stroke-width:3px
        linkStyle 3 stroke:#1a7f37,stroke-width:3px
      \`\`\`
      "
    `);
  });

  it("shows where a server that was not checked would go, and why it was not", () => {
    const reason = "no | clouds.yaml";
    const message = `not checked: the move to node-31: ${reason}`;
    const urn = `${MIGRATION}::a`;
    const file = { schemaVersion: 1, action: "not-checked", server: { id: "5e" }, reason, pending: true } as const;
    const diagnostics = [{ urn, severity: "warning", message: `warning: ${message}` }];
    const files = [{ ...file, urn, messages: [message] }];
    expect(comment(preview([moved("a")], diagnostics), { plans: { files, problems: [] } })).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ⚠️ \`prod\`: 1 move was not checked

      | Server | From → to | Zone | How | Takes about | Verdict |
      | --- | --- | --- | --- | --- | --- |
      | \`a\` | \`node-28\` → \`node-31\` | ? | – | – | ⚠️ not checked |

      \`\`\`mermaid
      flowchart LR
        h0["node-28"]
        h1["node-31"]
        h0 -.->|"a<br/>(not checked)"| h1
        linkStyle 0 stroke:#9a6700,stroke-width:3px
      \`\`\`

      #### Warnings

      - \`a\` was not checked: no &#124; clouds.yaml
      "
    `);
    // Where no move is asked for there is no row, and the warning stays.
    const quiet = { files: [{ ...file, pending: false, urn, messages: [message] }], problems: [] };
    expect(comment(preview([], diagnostics), { plans: quiet })).toMatch(
      /⚠️ `prod`: nothing changes[^]*- `a`: not checked/,
    );
  });

  it("keeps migrations of one name apart", () => {
    const other = "urn:pulumi:prod::p::my:index:Group$openstack-live-migration:index:LiveMigration";
    const step = { ...moved("a"), urn: `${other}$command:local:Command::a` };
    const { files } = moves([planFile("a")]).plans;
    const shown = comment(preview([moved("a"), step], said(files)), { plans: { files, problems: [] } });
    expect(shown).toContain("1 move was not checked and 1 server will move live");
  });

  it("does not check what it has no plan of: a new migration of a server that exists", () => {
    const create = (server: string) =>
      preview([command("a", undefined, { LIVE_MIGRATE_SERVER: server, LIVE_MIGRATE_HOST: "node-31" })]);
    expect(headline(create("5e"))).toBe("### ⚠️ `prod`: 1 move was not checked");
    // Pulumi's word for what only `up` will know.
    expect(headline(create("04da6b54-80e4-46f7-96ec-b56ff0331ba9"))).toBe("### ✅ `prod`: nothing changes");
  });
});

describe("other changes", () => {
  const urn = "urn:pulumi:prod::p::openstack:compute/instance:Instance::vm";
  const custom = { custom: true };

  it("are counted and named, whatever their type and operation", () => {
    const text = preview([
      { op: "create", urn: "urn:pulumi:prod::p::acme:new:Thing::x", newState: custom },
      // A resource of somebody else below a migration is not the migration's own.
      { op: "update", urn: `${MIGRATION}$acme:new:Thing::y`, newState: custom },
      { op: "create", urn: "no urn" },
      { op: "transmogrify", urn, newState: { custom: false } },
      { op: "vanish", urn: `${MIGRATION}$command:local:Command::a` },
      { op: "delete-replaced", urn, oldState: custom },
      { op: "create-replacement", urn, newState: custom },
      { op: "replace", urn: urn.replace("openstack:", "my:index:Group$openstack:"), newState: custom },
      { op: "delete", urn: `${MIGRATION}$command:local:Command::b`, oldState: custom },
      { op: "remove-pending-replace", urn },
    ]);
    expect(comment(text)).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ⚠️ \`prod\`: 2 resources would be REPLACED, 2 unknown operations and 3 other changes

      > [!CAUTION]
      > - **replaced (destroyed and made anew):** \`openstack:compute/instance:Instance vm\`
      > - **replaced (destroyed and made anew):** \`openstack:compute/instance:Instance vm\`

      #### Warnings

      - \`transmogrify\` is an operation that this version does not know: 1, \`openstack:compute/instance:Instance vm\`. **Fix:** read what it does in the log of the preview.
      - \`vanish\` is an operation that this version does not know: 1, \`command:local:Command a\`. **Fix:** read what it does in the log of the preview.

      | Other changes | Count | Resources |
      | --- | --: | --- |
      | create | 2 | \`acme:new:Thing x\`, \`no urn\` |
      | update | 1 | \`acme:new:Thing y\` |
      "
    `);
  });

  it("name the first 20 of many", () => {
    const many = Array.from({ length: 23 }, (_, i) => ({ op: "create", urn: `urn:pulumi:prod::p::a:b:C::v${i}` }));
    expect(comment(preview(many))).toMatch(/\| create \| 23 \| `a:b:C v0`, .*`a:b:C v19`, and 3 more \|/);
  });

  it("of a migration's settings move nothing", () => {
    const step = command("a", { LIVE_MIGRATE_HOST: "x" }, { LIVE_MIGRATE_HOST: "x", LIVE_MIGRATE_GUEST: "{}" });
    const text = comment(preview([step]));
    expect(text).toContain("### ✅ `prod`: nothing changes");
    expect(text).toContain("| verify anew, nothing is moved | 1 | `a` |");
    expect(text).not.toContain("Server");
  });

  it("are shown without the resources' values", () => {
    const step = {
      op: "update",
      urn,
      oldState: { custom: true, inputs: { userData: "planted-old" } },
      newState: { custom: true, inputs: { userData: "planted-new", adminPass: "planted-pass" } },
    };
    expect(comment(preview([step]))).not.toContain("planted");
  });

  it("of zones are drawn with all their hosts", () => {
    const zone = {
      op: "update",
      urn: "urn:pulumi:prod::p::openstack-live-migration:index:AvailabilityZone::nova",
      newState: { custom: false, inputs: { hosts: ["node-27", "node-28"] } },
    };
    const { files } = moves([planFile("a")]).plans;
    const text = preview([zone, moved("a")], said(files));
    expect(comment(text, { plans: { files, problems: [] } })).toContain('["node-27"]');
  });
});

it("cannot be broken by names: no table, mention, script, link or fence of theirs", () => {
  const names = [
    ...["a|b", "`c`", "@octocat #1", "<script>alert(1)</script>", "x\ny", "[link](http://evil)", "\u202Ekcatta"],
    ...["```\n# x", "</details><!--", "{{ x }}", '"]; click h1 "javascript:x"', "z".repeat(255), "⛔ failed"],
  ];
  const hostile = moves(
    names.map((name) => planFile(name, { findings: [finding({ severity: "warning", problem: name })] })),
  );
  const text = comment(hostile.text, { plans: hostile.plans });
  const rows = text.split("\n").filter((line) => line.includes("✅ will move"));
  expect(rows).toHaveLength(names.length);
  for (const row of rows) expect(row.match(/\|/g)).toHaveLength(7);
  expect(text).not.toMatch(/<script|<\/details>|\u202E|\]\(http/);
  expect(text).not.toMatch(/(^|[^>])@octocat/m);
  expect(text.match(/^```/gm)).toHaveLength(2);
});
