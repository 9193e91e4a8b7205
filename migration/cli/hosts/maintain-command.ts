import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MaintenanceDocument } from "../../contract/maintenance.ts";
import { readMaintenance } from "../../contract/maintenance.ts";
import {
  maintenanceProblems,
  MaintenanceRequestSchema,
  type MaintenanceRequest,
} from "../../contract/maintenance-request.ts";
import { BadInput } from "../../contract/request-input.ts";
import { maintenanceLines } from "./maintain-text.ts";
import { endMaintenance } from "../../hosts/maintain/end-maintenance.ts";
import { maintain } from "../../hosts/maintain/maintain.ts";
import { fitted } from "../../hosts/maintain/maintenance-document.ts";
import { NO_REVIEW, reviewOf, type Review } from "../../hosts/maintain/since-review.ts";
import { HostJournal } from "../../hosts/restore/host-journal.ts";
import type { HostsContext } from "../../hosts/hosts-context.ts";
import { limitStderr, toStderr, toStdout } from "../../../text/print.ts";
import { parseJson } from "../../../text/json.ts";
import { toJson } from "../../../text/visible.ts";
import { keep } from "../output.ts";
import { mayWrite } from "../output-file.ts";

/** What `HostMaintenance` sets: the hosts in maintenance, by name, as JSON. */
export const MAINTENANCE_VARIABLE = "LIVE_MIGRATE_MAINTENANCE";
/** Whose maintenance it is: in the disabled reason of its hosts. */
export const OWNER_VARIABLE = "LIVE_MIGRATE_MAINTENANCE_OWNER";
/** Names the folder of plans that a preview wrote and that were reviewed. */
export const REVIEWED_VARIABLE = "LIVE_MIGRATE_REVIEWED";

/** Together less than Linux takes in one variable of the next run's environment, in bytes. */
const STDERR_OF_PROGRESS = 70_000;
const STDERR_OF_RESULT = 40_000;

/** What `live-migrate maintain` is asked for, from the environment. */
export interface MaintainInput {
  request: MaintenanceRequest;
  record: string | undefined;
  previous: MaintenanceDocument | null;
  owner: string | null;
  reviewed: string | undefined;
}

/** @throws BadInput with every problem */
export async function readMaintain(env: NodeJS.ProcessEnv): Promise<MaintainInput> {
  const { [MAINTENANCE_VARIABLE]: text = "" } = env;
  const { data, error } = MaintenanceRequestSchema.safeParse(parseJson(text));
  const problems = error
    ? error.issues.map(({ path, message }) => ({
        path: [MAINTENANCE_VARIABLE, ...path.map(String)].join("."),
        value: text === "" ? "not given" : text.slice(0, 200),
        problem: message,
        fix: "HostMaintenance sets it; without a stack, use `live-migrate drain` and `live-migrate restore`",
      }))
    : maintenanceProblems(data, (host) => `${MAINTENANCE_VARIABLE}.${host}`);
  if (data === undefined || problems.length > 0) throw new BadInput(problems);
  const record = env["LIVE_MIGRATE_RECORD"] || undefined;
  await mayWrite("LIVE_MIGRATE_RECORD", record);
  return {
    request: data,
    record,
    previous: readMaintenance(env["PULUMI_COMMAND_STDOUT"]),
    owner: env[OWNER_VARIABLE] || null,
    reviewed: env[REVIEWED_VARIABLE] || undefined,
  };
}

/** @throws BadInput if the folder cannot be read: a comparison that was asked for is not left out */
async function readReview(folder: string | undefined): Promise<Review> {
  if (folder === undefined) return NO_REVIEW;
  try {
    const files = (await readdir(folder)).filter((file) => file.endsWith(".json")).sort();
    return reviewOf(await Promise.all(files.map((file) => readFile(join(folder, file), "utf8"))));
  } catch (error) {
    const problem = `the reviewed plans cannot be read: ${(error as Error).message}`;
    const fix = "name the folder that LIVE_MIGRATE_PLANS named in the reviewed preview, or leave it out";
    throw new BadInput([{ path: REVIEWED_VARIABLE, value: folder, problem, fix }]);
  }
}

/**
 * Runs one maintenance, or its end.
 *
 * @returns its exit code. stdout has the document if that is 0, else nothing: Pulumi then keeps the last one.
 */
export async function runMaintain(
  { request, record, previous, owner, reviewed }: MaintainInput,
  isEnd: boolean,
  context: HostsContext,
): Promise<number> {
  limitStderr(STDERR_OF_PROGRESS);
  const move: HostsContext["move"] = async (wanted, server) => {
    const end = await context.move(wanted, server);
    if (end.record !== null) await keep({ ...(record !== undefined && { record }) }, server.id, end.record);
    return end;
  };
  const all = { ...context, move, journal: new HostJournal(), previous, owner };
  const document = isEnd
    ? await endMaintenance(request, all)
    : await maintain(request, { ...all, review: await readReview(reviewed) });
  // In a folder for records; a single file would be the last server's.
  const own = `maintenance-${Object.keys(request).sort().join("-")}`;
  if (record !== undefined) await keep({ record }, own, document);
  limitStderr(STDERR_OF_RESULT);
  maintenanceLines(document).forEach(toStderr);
  if (document.exitCode === 0) toStdout(toJson(fitted(document)));
  return document.exitCode;
}
