import { readdir, readFile } from "node:fs/promises";

interface Process {
  pid: number;
  parent: number;
  arguments: string[];
}

/** Every process that can be seen now. */
export async function processes(): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(readProcess));
  return found.filter((process) => process !== undefined);
}

async function readProcess(pid: number): Promise<Process | undefined> {
  try {
    const [stat, cmdline] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile(`/proc/${pid}/cmdline`, "utf8"),
    ]);
    // The name, in parentheses, may itself hold spaces.
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    return { pid, parent, arguments: cmdline.split("\0") };
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

/** Processes that `ancestor` started, directly or not, with an argument that ends like this. */
export async function descendantsOf(ancestor: number, argumentEnd: string): Promise<number[]> {
  const all = await processes();
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && parent !== 0 && (parent === ancestor || isBelow(parent));
  };
  return all
    .filter((process) => process.arguments.some((argument) => argument.endsWith(argumentEnd)) && isBelow(process.pid))
    .map(({ pid }) => pid);
}
