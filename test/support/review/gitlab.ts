import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

/** A job of GitLab CI, as far as tests look. */
export interface GitlabJob {
  before_script?: string[];
  script: string[];
  after_script: string[];
  variables?: Record<string, string>;
  artifacts?: { paths: string[] };
  resource_group?: string;
  interruptible?: boolean;
}

/** What the component for GitLab says for a stack `prod`, by the names of its jobs. */
export async function gitlabJobs(inputs: Record<string, string> = {}): Promise<Record<string, GitlabJob>> {
  const text = await readFile(join(import.meta.dirname, "../../../templates/stack.yml"), "utf8");
  const [spec = "", jobs = ""] = text.split("\n---\n");
  const declared = (parse(spec) as { spec: { inputs: Record<string, { default?: string }> } }).spec.inputs;
  const given: Record<string, string | undefined> = { stack: "prod", ...inputs };
  const filled = jobs.replace(/\$\[\[ inputs\.(\w+) \]\]/g, (_, name: string) => {
    const value = given[name] ?? declared[name]?.default;
    if (value === undefined) throw new Error(`templates/stack.yml has no value for ${name}`);
    return value;
  });
  return parse(filled) as Record<string, GitlabJob>;
}
