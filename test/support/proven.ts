/** On which clouds the release test has passed: a record in the repository, and the table in README that shows it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { z } from "zod";
import { withTables } from "../../config/reference.ts";
import { RELEASE_NAMES, RELEASES, type ReleaseName } from "../../lab/releases/index.ts";
import { PROFILES, type Lab, type Profile } from "../../lab/settings.ts";
import { hasTree } from "../../lab/tree/enter.ts";
import { packageVersions, treeOf } from "../../lab/tree/provide.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const RECORD = join(REPOSITORY, "test/releases/proven.json");
const README = join(REPOSITORY, "README.md");

const novaSchema = z.object({
  /** Version of Nova's Debian package. */
  package: z.string(),
  /** ISO date of the Debian suite that it is of. */
  date: z.iso.date(),
});
export type Nova = z.infer<typeof novaSchema>;

const recordSchema = z.partialRecord(
  z.enum(RELEASE_NAMES),
  novaSchema.extend({
    /** Those on which all tests have passed with this package. */
    profiles: z.array(z.enum(PROFILES)).min(1),
  }),
);
export type Proven = z.infer<typeof recordSchema>;

export const readProven = (): Proven => recordSchema.parse(JSON.parse(readFileSync(RECORD, "utf8")));
export const readReadme = (): string => readFileSync(README, "utf8");

/** What moved, by profile. */
const MOVED: Record<Profile, string> = { guest: "real guests", fleet: "a fleet" };

const HEAD = [
  "[`npm run test:releases`](docs/lab.md#releases) has passed on a real OpenStack of these releases:",
  "",
  "| OpenStack | Compute API | Nova's package | Packages of | Moved |",
  "| --- | --- | --- | --- | --- |",
];

/** README with the table of a record. */
export async function readmeWith(readme: string, proven: Proven): Promise<string> {
  const rows = RELEASE_NAMES.flatMap((name) => {
    const entry = proven[name];
    if (entry === undefined) return [];
    const { title, computeApi } = RELEASES[name];
    const moved = entry.profiles.map((profile) => MOVED[profile]).join(", ");
    return [`| ${[title, computeApi, entry.package, entry.date, moved].join(" | ")} |`];
  });
  // Nothing is said where nothing has passed.
  const table = rows.length === 0 ? [] : [...HEAD, ...rows];
  return await formatted(README, withTables(readme, { clouds: () => table.join("\n") }));
}

const formatted = async (filepath: string, text: string): Promise<string> =>
  format(text, { ...(await resolveConfig(filepath)), filepath });

/** A record in which a profile has passed, too. What passed with another package counts no longer. */
export function withPassed(proven: Proven, release: ReleaseName, profile: Profile, nova: Nova): Proven {
  const before = proven[release];
  const also = before?.package === nova.package ? before.profiles : [];
  const profiles = PROFILES.filter((name) => name === profile || also.includes(name));
  return { ...proven, [release]: { ...nova, profiles } };
}

/** Writes down that all tests of a release have passed on a profile. */
export async function recordProven(release: ReleaseName, profile: Profile, nova: Nova): Promise<void> {
  const proven = withPassed(readProven(), release, profile, nova);
  writeFileSync(RECORD, await formatted(RECORD, JSON.stringify(proven)));
  writeFileSync(README, await readmeWith(readReadme(), proven));
}

/** The Nova that a lab runs. */
export async function novaOf(lab: Lab): Promise<Nova> {
  const version = (await packageVersions(lab, ["python3-nova"])).get("python3-nova");
  if (version === undefined) throw new Error("python3-nova is not installed");
  const date = hasTree(lab) ? treeOf(lab).archiveDate : machineArchiveDate();
  return { package: version, date: new Date(date).toISOString().slice(0, 10) };
}

/** Date of Debian 12 as apt has last read it on this machine. */
function machineArchiveDate(): string {
  const folder = "/var/lib/apt/lists";
  const lists = existsSync(folder)
    ? readdirSync(folder).filter((name) => /_dists_bookworm_(In)?Release$/.test(name))
    : [];
  const [date] = lists.flatMap((name) => /^Date: (.+)$/m.exec(readFileSync(join(folder, name), "utf8"))?.[1] ?? []);
  if (date === undefined) throw new Error(`no list of Debian 12 in ${folder}: run apt-get update`);
  return date;
}
