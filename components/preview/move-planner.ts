import * as pulumi from "@pulumi/pulumi";
import type { MigrationRequest } from "../../migration/contract/request.ts";
import { describeCombined, type PlannedMove } from "../../migration/plan/combined-capacity.ts";
import { Survey, type NotPlanned, type SurveyedPlan } from "../../migration/plan/survey.ts";
import { connect } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import type { CloudSelection } from "../../openstack/auth/clouds-config.ts";
import { readLastRuns, type LastRuns } from "../state/last-runs.ts";
import { broughtBy } from "../state/last-maintenance.ts";
import type { Brought } from "../maintained-hosts.ts";
import { readStackResources } from "../state/stack-state.ts";
import type { Assessment, LastRun } from "./preview-verdict.ts";
import { formatProblems, type Problem } from "../../openstack/problems.ts";
import { oneLine } from "../../text/visible.ts";

/** Answers requests about the servers of one cloud. */
export type Surveyor = Pick<Survey, "plan" | "combinedFindings">;

/** Dependencies that tests replace. */
export interface MovePlannerOptions {
  /** Opens the cloud, once for all servers. @default by clouds.yaml or `OS_*` */
  survey?: (selection: CloudSelection, expected: number) => Promise<Surveyor>;
  /** @default from the stack's state */
  lastRuns?: () => Promise<LastRuns>;
  /** @default from the stack's state */
  broughtBy?: () => Promise<ReadonlyMap<string, Brought>>;
  /** Longest wait for the cloud, in milliseconds. @default 60000 */
  patienceMs?: number;
  /** Shows a message about several servers. @default a warning of the program */
  warn?: (text: string) => Promise<void>;
  /** Ends the program. @default throws an unhandled error, which Pulumi shows as it is */
  fail?: (error: pulumi.RunError) => void;
}

/** `up` retries; a preview says "not checked" instead. */
const RETRY = { attempts: 2 };

/**
 * Plans the migrations of all servers of a program, in its own process: one session and one snapshot of shared facts
 * per cloud, for any number of servers. It only reads, and never throws: what it cannot find out is "not checked".
 */
export class MovePlanner {
  readonly #surveys = new Map<string, Promise<Surveyor | NotPlanned>>();
  readonly #options: Required<MovePlannerOptions>;
  #lastRuns: Promise<LastRuns> | undefined;
  #expected = 0;
  #judged: Promise<Assessment>[] = [];
  /** Which survey planned a migration: combined capacity is checked per cloud. */
  readonly #plannedBy = new WeakMap<PlannedMove, Surveyor>();

  constructor(options: MovePlannerOptions = {}) {
    this.#options = {
      survey: async (selection, expected) => {
        const onSkipped = (text: string): void => void this.#options.warn(text);
        return new Survey(await connect(selection, { retry: RETRY, onSkipped }), expected);
      },
      lastRuns: readLastRuns,
      broughtBy: async () => broughtBy(await readStackResources()),
      patienceMs: 60_000,
      warn: (text) => pulumi.log.warn(text),
      fail: throwIt,
      ...options,
    };
  }

  /** Counts one more server, before the first request. */
  announce(): void {
    this.#expected += 1;
  }

  /** The last successful run of a command. */
  async lastRun(urn: string): Promise<LastRun> {
    this.#lastRuns ??= this.#options.lastRuns();
    return (await this.#lastRuns)(urn);
  }

  /** Where maintenances of this stack have brought servers, by their ids; none if the state cannot be read. */
  async broughtBy(): Promise<ReadonlyMap<string, Brought>> {
    return await this.#options.broughtBy().catch(() => new Map<string, never>());
  }

  /** The plan for a request whose `server` is an id. */
  async plan(request: MigrationRequest): Promise<SurveyedPlan | NotPlanned> {
    const { cloud, region } = request;
    const key = JSON.stringify([cloud, region]);
    let survey = this.#surveys.get(key);
    if (!survey) {
      survey = this.#open({ ...(cloud !== undefined && { cloud }), ...(region !== undefined && { region }) });
      this.#surveys.set(key, survey);
    }
    return await this.#withTimeout(
      survey.then(async (opened) => {
        if ("planned" in opened) return opened;
        const plan = await opened.plan(request).catch(notPlanned);
        if (plan.planned && plan.move) this.#plannedBy.set(plan.move, opened);
        return plan;
      }),
    );
  }

  /**
   * Collects the assessment of each server. When all are done, it warns about hosts that cannot take all migrations
   * together, and ends the program with every problem that certainly stops a migration.
   * A server whose id only `up` will know has no problem.
   */
  collect(assessment: Promise<Assessment>): void {
    this.#judged.push(assessment);
    // The program declares its resources in one synchronous pass: after it, all are announced.
    if (this.#judged.length === 1) setImmediate(() => void this.#verdict());
  }

  async #verdict(): Promise<void> {
    const judged = this.#judged;
    this.#judged = [];
    const assessments = await Promise.all(judged);
    await this.#combinedFindings(assessments.flatMap(({ move }) => move ?? []));
    const problems = assessments.flatMap((assessment) => assessment.problems);
    if (problems.length > 0) failPreview("the planned moves; nothing was moved", problems, this.#options.fail);
  }

  async #combinedFindings(moves: readonly PlannedMove[]): Promise<void> {
    for (const [survey, own] of Map.groupBy(moves, (move) => this.#plannedBy.get(move))) {
      // A failure here must not stop an `up`: the engine checks each migration again.
      const found = (await survey?.combinedFindings(own).catch(() => [])) ?? [];
      for (const one of found) await this.#options.warn(describeCombined(one));
    }
  }

  async #open(selection: CloudSelection): Promise<Surveyor | NotPlanned> {
    try {
      return await this.#options.survey(selection, this.#expected);
    } catch (error) {
      return notPlanned(error);
    }
  }

  /** Waits at most `patienceMs`. */
  async #withTimeout(plan: Promise<SurveyedPlan | NotPlanned>): Promise<SurveyedPlan | NotPlanned> {
    const { patienceMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<NotPlanned>((resolve) => {
      const late = `the cloud did not answer within ${patienceMs / 1000} s`;
      const reason = `${late}; preview again when it does, or let \`pulumi up\` check it`;
      timer = setTimeout(() => {
        resolve({ planned: false, reason });
      }, patienceMs);
    });
    try {
      return await Promise.race([plan, timedOut]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const throwIt = (error: pulumi.RunError): void => {
  throw error;
};

/** Ends the program with every problem, which Pulumi shows as they are. */
export function failPreview(subject: string, problems: readonly Problem[], fail = throwIt): void {
  const error = new pulumi.RunError(formatProblems(subject, problems));
  // Pulumi hides a RunError's stack only while the program's file is still being run.
  error.stack = error.message;
  fail(error);
}

/** A failed plan must not stop an `up`. */
const notPlanned = (error: unknown): NotPlanned => ({
  planned: false,
  reason:
    error instanceof OpenStackError
      ? error.message
      : oneLine(`unexpected error: ${String(error)}; \`pulumi up\` checks again before it acts`),
});

let shared: MovePlanner | undefined;

/** The planner that all `LiveMigration`s of a program share; null: switched off by `LIVE_MIGRATE_PLANNING=off`. */
export function sharedPlanner(): MovePlanner | null {
  if (process.env["LIVE_MIGRATE_PLANNING"] === "off") return null;
  return (shared ??= new MovePlanner());
}
