/** What Debian's openstacksdk reads from the same files and variables: one Python process for all cases. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { installPackages } from "../../../lab/packages.ts";

const SDK = "/usr/lib/python3/dist-packages/openstack/config";
/** The settings of each vendor, one file each. */
export const VENDORS = join(SDK, "vendors");

export interface SdkCase {
  /** Holds clouds.yaml, secure.yaml and clouds-public.yaml. */
  directory: string;
  environment: Record<string, string>;
  cloud?: string;
  region?: string;
  /** Options from the command line or the environment, as the `openstack` client gives them to openstacksdk. */
  completed?: Record<string, string>;
}

interface SdkService {
  region: string | null;
  interface: string | string[] | null;
  endpoint: string | null;
}

export interface SdkCloud {
  error?: undefined;
  name: string;
  /** The body of the request for a token. */
  body: unknown;
  authUrl: string;
  region: string | null;
  interface: string | string[];
  services: Record<string, SdkService>;
  verify: boolean | string;
  cert: string | [string, string] | null;
}

export interface OpenStackSdk {
  read(input: SdkCase): Promise<SdkCloud | { error: string }>;
  close(): void;
}

export async function openStackSdk(): Promise<OpenStackSdk> {
  if (!existsSync(SDK)) await installPackages(["python3-openstacksdk"], () => undefined);
  const script = join(import.meta.dirname, "openstacksdk.py");
  const python = spawn("/usr/bin/python3", [script], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  return {
    async read(input) {
      python.stdin.write(`${JSON.stringify(input)}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error("openstacksdk ended");
      return JSON.parse(value) as SdkCloud | { error: string };
    },
    close: () => python.stdin.end(),
  };
}
