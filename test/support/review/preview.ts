/** Documents of `pulumi preview --json`, and the plans that such a preview writes. */
import { describePlan } from "../../../migration/contract/plan-document.ts";
import { describeFinding } from "../../../migration/plan/finding.ts";
import type { Finding } from "../../../migration/contract/record.ts";
import { previewComment, type PreviewInputs } from "../../../review/preview/comment.ts";
import { fit } from "../../../review/comment/fit.ts";
import { readPreview } from "../../../review/preview/document.ts";
import type { PlanFile } from "../../../components/preview/preview-plan.ts";

export const MIGRATION = "urn:pulumi:prod::p::openstack-live-migration:index:LiveMigration";

export interface Diagnostic {
  urn?: string;
  severity: string;
  message: string;
}

/** A migration's command, as a step. */
export const command = (name: string, before: object | undefined, after: object) => ({
  op: before ? "update" : "create",
  urn: `${MIGRATION}$command:local:Command::${name}`,
  ...(before && { oldState: { custom: true, inputs: { environment: before } } }),
  newState: { custom: true, inputs: { environment: after } },
});
export const moved = (name: string) =>
  command(name, { LIVE_MIGRATE_HOST: "node-28" }, { LIVE_MIGRATE_HOST: "node-31" });

export const place = (host: string | null, availabilityZone: string | null = "nova") => ({
  host,
  hypervisorHostname: host,
  availabilityZone,
});

export const finding = (over: Partial<Finding> = {}): Finding => ({
  code: "destination-down",
  severity: "blocker",
  transient: true,
  path: "host",
  value: "node-31 is down",
  problem: "nova-compute on node-31 does not report",
  fix: "look at it",
  ...over,
});

/** A plan as its file has it. */
export function planFile(name: string, over: object = {}): PlanFile {
  const plan = {
    schemaVersion: 1 as const,
    action: "migrate" as const,
    server: { id: "5e", name },
    source: place("node-28"),
    destination: place("node-31", "nova2"),
    why: null,
    method: "compute 2.90, host validated by the scheduler",
    estimateSeconds: 9,
    timeoutSeconds: 1600,
    findings: [] as Finding[],
    drift: false,
    ...over,
  };
  const messages = [describePlan(plan), ...plan.findings.map(describeFinding)];
  return { ...plan, urn: `${MIGRATION}::${name}`, messages };
}

/** What the preview said of plans, as its document has it. */
export const said = (files: readonly PlanFile[]): Diagnostic[] =>
  files.flatMap(({ urn, messages }) =>
    messages.map((message, i) =>
      i === 0
        ? { urn, severity: "info", message: `${message}\n` }
        : { urn, severity: "warning", message: `warning: ${message}\n` },
    ),
  );

export const preview = (steps: object[], diagnostics: Diagnostic[] = []) => JSON.stringify({ steps, diagnostics });

/** A preview that moves each of these servers as its plan says. */
export const moves = (files: readonly PlanFile[]) => ({
  text: preview(
    files.map(({ urn }) => moved(urn.slice(MIGRATION.length + 2))),
    said(files),
  ),
  plans: { files: [...files], problems: [] },
});

/** The comment on what a preview printed; it succeeded, if nothing else is said. */
export const comment = (text: string, over: Partial<PreviewInputs> = {}) =>
  fit(
    previewComment({
      stack: "prod",
      document: readPreview(text, (one) => one),
      plans: { files: [], problems: [] },
      exitCode: 0,
      ...over,
    }),
  );
export const headline = (text: string, over: Partial<PreviewInputs> = {}) => comment(text, over).split("\n")[2];
