import * as pulumi from "@pulumi/pulumi";
import type { MigrationRequest } from "../../migration/contract/request.ts";
import { describeCombined, type PlannedMove } from "../../migration/plan/combined-capacity.ts";
import { Survey, type NotPlanned, type SurveyedPlan } from "../../migration/plan/survey.ts";
import { connect } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import type { CloudSelection } from "../../openstack/auth/clouds-config.ts";
import { readLastRuns, type LastRuns } from "../state/last-runs.ts";
import type { Assessment, LastRun } from "./preview-verdict.ts";
import { formatProblems } from "../../openstack/problems.ts";
import { textOf } from "../texts.ts";

/** Answers requests about the servers of one cloud. */
export type Surveyor = Pick<Survey, "plan" | "combinedFindings">;

/** What a planner needs of the world; tests give their own. */
export interface MovePlannerOptions {
  /** Opens the cloud, once for all servers. @default by clouds.yaml or `OS_*` */
  survey?: (selection: CloudSelection, expected: number) => Promise<Surveyor>;
  /** @default from the stack's state */
  lastRuns?: () => Promise<LastRuns>;
  /** Longest wait for the cloud, in milliseconds: a preview must not hang on one that is away. @default 60000 */
  patienceMs?: number;
  /** Says what concerns several servers. @default a warning of the program */
  warn?: (text: string) => Promise<void>;
  /** Ends the program. @default by an error that nobody handles, which Pulumi shows as it is */
  fail?: (error: pulumi.RunError) => void;
}

/** Retries are for `up`; a preview rather says "not checked". */
const RETRY = { attempts: 2 };

/**
 * Plans the moves of all servers of a program, in its own process: one session and one snapshot of shared facts for
 * each cloud, whatever the number of servers. It reads only, and it never throws: what it cannot find out is
 * "not checked".
 */
export class MovePlanner {
  readonly #surveys = new Map<string, Promise<Surveyor | NotPlanned>>();
  readonly #options: Required<MovePlannerOptions>;
  #lastRuns: Promise<LastRuns> | undefined;
  #expected = 0;
  #judged: Promise<Assessment>[] = [];
  /** Who planned a move: moves in different clouds have nothing in common. */
  readonly #plannedBy = new WeakMap<PlannedMove, Surveyor>();

  constructor(options: MovePlannerOptions = {}) {
    this.#options = {
      survey: async (selection, expected) => {
        const onSkipped = (text: string): void => void this.#options.warn(text);
        return new Survey(await connect(selection, { retry: RETRY, onSkipped }), expected);
      },
      lastRuns: readLastRuns,
      patienceMs: 60_000,
      warn: (text) => pulumi.log.warn(text),
      fail: (error) => {
        throw error;
      },
      ...options,
    };
  }

  /** Says that one more server will be asked about, before anything is asked. */
  announce(): void {
    this.#expected += 1;
  }

  /** What the last successful `up` asked of a command. */
  async lastRun(urn: string): Promise<LastRun> {
    this.#lastRuns ??= this.#options.lastRuns();
    return (await this.#lastRuns)(urn);
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
    return await this.#patiently(
      survey.then(async (opened) => {
        if ("planned" in opened) return opened;
        const plan = await opened.plan(request).catch(notPlanned);
        if (plan.planned && plan.move) this.#plannedBy.set(plan.move, opened);
        return plan;
      }),
    );
  }

  /**
   * Collects what is found about each server. Once all of the program's are judged, ends it with all that stops moves
   * for certain, and says what stands in the way of the moves together.
   * A server whose id only `up` will know resolves to no problem.
   */
  collect(assessment: Promise<Assessment>): void {
    this.#judged.push(assessment);
    // The program declares its resources at one go: when that is over, all are announced.
    if (this.#judged.length === 1) setImmediate(() => void this.#verdict());
  }

  async #verdict(): Promise<void> {
    const judged = this.#judged;
    this.#judged = [];
    const assessments = await Promise.all(judged);
    await this.#combinedFindings(assessments.flatMap(({ move }) => move ?? []));
    const problems = assessments.flatMap((assessment) => assessment.problems);
    if (problems.length > 0) {
      const error = new pulumi.RunError(formatProblems(textOf("planned-moves"), problems));
      // Pulumi hides a RunError's stack only while the program's file is still being run.
      error.stack = error.message;
      this.#options.fail(error);
    }
  }

  async #combinedFindings(moves: readonly PlannedMove[]): Promise<void> {
    for (const [survey, own] of Map.groupBy(moves, (move) => this.#plannedBy.get(move))) {
      // Whatever goes wrong here, it must not stop an `up`: the engine checks each move again.
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

  /** The time-out itself keeps no program alive. */
  async #patiently(plan: Promise<SurveyedPlan | NotPlanned>): Promise<SurveyedPlan | NotPlanned> {
    const { patienceMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<NotPlanned>((resolve) => {
      const reason = textOf("cloud-late", { seconds: String(patienceMs / 1000) });
      timer = setTimeout(() => {
        resolve({ planned: false, reason });
      }, patienceMs);
    });
    try {
      return await Promise.race([plan, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Whatever went wrong in looking ahead, it must not stop an `up`. */
const notPlanned = (error: unknown): NotPlanned => ({
  planned: false,
  reason: error instanceof OpenStackError ? error.message : textOf("unexpected", { error: String(error) }),
});

let shared: MovePlanner | undefined;

/** The planner that all `LiveMigration`s of a program share; null: switched off by `LIVE_MIGRATE_PLANNING=off`. */
export function sharedPlanner(): MovePlanner | null {
  if (process.env["LIVE_MIGRATE_PLANNING"] === "off") return null;
  return (shared ??= new MovePlanner());
}
