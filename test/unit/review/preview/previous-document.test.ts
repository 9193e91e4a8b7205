import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { comment } from "../../../support/review/preview.ts";

/** Documents that `pulumi preview --json` printed, without what no review reads, with the plans of the version before. */
const fixture = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", `${name}.json`), "utf8");

describe("the comment on a document of the version before, whose plans are in its diagnostics", () => {
  it("shows a move beside a replacement", () => {
    expect(comment(fixture("preview-move"))).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ⚠️ \`prod\`: 1 resource would be REPLACED, 1 server will move live and 1 other change

      > [!CAUTION]
      > - **replaced (destroyed and made anew):** \`command:local:Command replaced\`

      | Server | From → to | Zone | How | Takes about | Verdict |
      | --- | --- | --- | --- | --- | --- |
      | \`a\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | by test | 9 s | ✅ will move |

      \`\`\`mermaid
      flowchart LR
        subgraph z0["zone nova"]
          h1["node-28"]
        end
        subgraph z2["zone nova2"]
          h3["node-31"]
        end
        h1 ==>|"a"| h3
        linkStyle 0 stroke:#1a7f37,stroke-width:3px
      \`\`\`

      | Other changes | Count | Resources |
      | --- | --: | --- |
      | create | 1 | \`command:local:Command new\` |
      "
    `);
  });

  it("shows what can never be moved, once", () => {
    expect(comment(fixture("preview-blocked"), { exitCode: 255 })).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ⛔ \`prod\`: the preview failed, nothing can be applied; 1 move can never be made as asked and 1 server could move live

      #### What blocks the moves

      - \`a\`, \`azPin\` = \`nova\`: the problem of pinned. **Fix:** fix of pinned

      | Server | From → to | Zone | How | Takes about | Verdict |
      | --- | --- | --- | --- | --- | --- |
      | \`a\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | by test | 9 s | ⛔ blocked, 1 warning |
      | \`b\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | by test | 9 s | could move |

      \`\`\`mermaid
      flowchart LR
        subgraph z0["zone nova"]
          h1["node-28"]
        end
        subgraph z2["zone nova2"]
          h3["node-31"]
        end
        h1 -.-x|"a<br/>(blocked)"| h3
        h1 ==>|"b"| h3
        linkStyle 0 stroke:#cf222e,stroke-width:3px
        linkStyle 1 stroke:#1a7f37,stroke-width:3px
      \`\`\`

      #### Warnings

      - \`a\`, \`azPin\` = \`nova\`: the problem of w. **Fix:** fix of w
      "
    `);
  });

  it("shows deletions that protection refuses", () => {
    expect(comment(fixture("preview-delete"), { exitCode: 255 })).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ⛔ \`prod\`: the preview failed, nothing can be applied; 1 move would be refused now, 2 resources would be DELETED, 1 resource would be REPLACED and 1 other change

      > [!CAUTION]
      > - **deleted:** \`command:local:Command deleted\`
      > - **deleted:** \`command:local:Command protected\`
      > - **replaced (destroyed and made anew):** \`command:local:Command replaced\`

      #### What blocks the moves

      - \`a\`, \`azPin\` = \`nova\`: the problem of destination-down. It may be different by the time of \`up\`. **Fix:** fix of destination-down

      **Error** in \`command:local:Command protected\`

      <pre>
      Preview failed: resource "urn:pulumi:test::tiny::command:local:Command::protected" cannot be deleted
      because it is protected. To unprotect the resource, either remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`, or use the command:
      \`pulumi state unprotect 'urn:pulumi:test::tiny::command:local:Command::protected'\`
      </pre>

      | Server | From → to | Zone | How | Takes about | Verdict |
      | --- | --- | --- | --- | --- | --- |
      | \`a\` | \`node-28\` → \`node-31\` | \`nova\` → \`nova2\` | by test | 9 s | ⛔ blocked as things are now |

      \`\`\`mermaid
      flowchart LR
        subgraph z0["zone nova"]
          h1["node-28"]
        end
        subgraph z2["zone nova2"]
          h3["node-31"]
        end
        h1 -.-x|"a<br/>(blocked)"| h3
        linkStyle 0 stroke:#cf222e,stroke-width:3px
      \`\`\`

      | Other changes | Count | Resources |
      | --- | --: | --- |
      | create | 1 | \`command:local:Command new\` |
      "
    `);
  });

  it("shows the error of a program that throws", () => {
    expect(comment(fixture("preview-throws"), { exitCode: 255 })).toMatchInlineSnapshot(`
      "<!-- openstack-live-migration:preview:prod -->

      ### ⛔ \`prod\`: the preview failed, nothing can be applied

      **Error** in the program

      <pre>
      Running program '/program/index.ts' failed with an unhandled exception:
      Error: boom &#60;b&#62;
          at file:///program/index.ts:1:7
          at ModuleJob.run (node:internal/modules/esm/module_job:561:25)
          at node:internal/modules/esm/loader:647:26
          at Object.runProgram [as init] (/program/node_modules/@pulumi/cmd/run/run.ts:523:33)
          at Stack.initialize (/program/node_modules/@pulumi/runtime/stack.ts:79:28)
          at Stack.initializeAndRegisterOutputs (/program/node_modules/@pulumi/resource.ts:1687:22)
      </pre>
      "
    `);
  });
});
