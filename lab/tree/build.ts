/** Making a tree: a root file system of a Debian suite, in the cache. The machine gets no package, and no daemon starts. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { proxies, unpack } from "../apt.ts";
import { KERNEL, UNPACKED, type TreeRecipe } from "../releases/release.ts";
import { CLEAN_ENV, LabError, run, script, succeeds } from "../shell.ts";
import type { Mirror } from "./mirror.ts";
import { manifestFile, recipeHash, treeName, type Manifest } from "./trees.ts";

type Say = (line: string) => void;

/** Everything that is started here ends with this process, however that ends: `setpriv` and the pid namespace see to it. */
const TIED = ["setpriv", "--pdeathsig", "KILL", "unshare", "-m", "-u", "-p", "-f", "--kill-child", "--mount-proc"];

/** Written into the tree before its packages are installed. */
const FILES: Record<string, string> = {
  // Debian asks it before a package starts its daemon.
  "usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
  "etc/dpkg/dpkg.cfg.d/lab": [
    ...["doc", "man", "locale", "info", "lintian"].map((dir) => `path-exclude=/usr/share/${dir}/*`),
    "force-unsafe-io",
    "force-confdef",
    "force-confold",
    "",
  ].join("\n"),
  // A mirror of a moving suite is often older than its Release file allows.
  "etc/apt/apt.conf.d/99lab": [
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Languages "none";',
    'APT::Sandbox::User "root";',
    'APT::Install-Recommends "false";',
    "",
  ].join("\n"),
  "etc/hosts": "127.0.0.1 localhost lab\n",
};

/** Deleted at the end: documents of clouds that nobody here talks to, package lists, tests. */
const TRIM = [
  "usr/share/doc",
  "usr/share/man",
  "usr/share/locale",
  "usr/lib/python3/dist-packages/botocore/data",
  "usr/lib/python3/dist-packages/googleapiclient/discovery_cache/documents",
  "var/lib/apt/lists",
  "var/cache/apt",
  "var/log",
];

/** The lab's Cinder driver extends the fake driver that lies among Cinder's tests. */
const KEPT_TESTS = "cinder";

/**
 * Makes a tree and returns its folder. Nothing that is not whole ever has that folder's name.
 * @throws LabError with what debootstrap or apt said last.
 */
export async function buildTree(recipe: TreeRecipe, from: Mirror, cacheDir: string, say: Say): Promise<string> {
  mkdirSync(cacheDir, { recursive: true });
  await removeLeftovers(cacheDir, recipe.suite);
  const work = join(cacheDir, `tree-${recipe.suite}-${recipeHash(recipe)}.making-${process.pid}`);
  // Kept until the tree is whole: a build that was interrupted does not download them again.
  const debs = join(cacheDir, `debs-${recipe.suite}`);
  mkdirSync(join(debs, "partial"), { recursive: true });
  try {
    await bootstrap(recipe.suite, from, work, say);
    await install(recipe, from, work, debs, say);
    await unpackOnly(recipe, work, debs);
    say("removing what is not needed");
    await trim(work);
    const manifest: Manifest = {
      suite: recipe.suite,
      recipe: recipeHash(recipe),
      built: new Date().toISOString(),
      archiveDate: readFileSync(`${work}/etc/lab-archive-date`, "utf8").trim(),
      versions: await versions(work),
    };
    writeFileSync(manifestFile(work), JSON.stringify(manifest, undefined, 1));
    const dir = join(cacheDir, treeName(manifest));
    if (existsSync(dir)) writeFileSync(manifestFile(dir), JSON.stringify(manifest, undefined, 1));
    else renameSync(work, dir);
    rmSync(debs, { recursive: true, force: true });
    return dir;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Takes away what killed builds of a suite have left; not the folder of one that still runs. */
export async function removeLeftovers(cacheDir: string, suite: string): Promise<void> {
  for (const name of readdirSync(cacheDir)) {
    const pid = new RegExp(`^tree-${suite}-\\w+\\.making-(\\d+)(\\.tool)?$`).exec(name)?.[1];
    if (pid === undefined || runs(pid)) continue;
    await run("rm", ["-rf", "--one-file-system", join(cacheDir, name)]);
  }
}

/** True while that process is one of this program. */
function runs(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === readlinkSync("/proc/self/exe");
  } catch {
    return false;
  }
}

/** The suite's smallest system. Debian's own debootstrap, unpacked and not installed where the machine has none. */
async function bootstrap(suite: string, from: Mirror, work: string, say: Say): Promise<void> {
  const tool = `${work}.tool`;
  mkdirSync(tool, { recursive: true });
  try {
    if (!(await succeeds("debootstrap", ["--version"]))) await unpack(tool, tool, "debootstrap");
    const own = `${tool}/usr/share/debootstrap`;
    const base = existsSync(own) ? own : "/usr/share/debootstrap";
    const program = existsSync(own) ? `${tool}/usr/sbin/debootstrap` : "/usr/sbin/debootstrap";
    // An older debootstrap does not know a newer suite by name; Debian's are all made alike.
    const recipe = existsSync(`${base}/scripts/${suite}`) ? suite : "sid";
    const options = ["--variant=minbase", "--merged-usr", `--keyring=${from.keyring}`, "--include=eatmydata"];
    const command = ["sh", program, ...options, suite, work, from.url, `${base}/scripts/${recipe}`];
    await follow([...TIED, ...command], { ...proxies(), DEBOOTSTRAP_DIR: base }, (line) => {
      if (line.startsWith("I: ")) say(line.slice(3, 70));
    });
  } finally {
    rmSync(tool, { recursive: true, force: true });
  }
}

async function install(recipe: TreeRecipe, from: Mirror, work: string, debs: string, say: Say): Promise<void> {
  for (const [name, content] of Object.entries(FILES)) writeFileSync(`${work}/${name}`, content);
  chmodSync(`${work}/usr/sbin/policy-rc.d`, 0o755);
  const keyring = "/usr/share/keyrings/lab.gpg";
  cpSync(from.keyring, `${work}${keyring}`);
  writeFileSync(`${work}/etc/apt/sources.list`, `deb [signed-by=${keyring}] ${from.url} ${recipe.suite} main\n`);
  const progress: Say = (line) => {
    if (/^(Get:|Unpacking |Setting up )/.test(line)) say(line.slice(0, 70));
  };
  const inside = (...argv: string[]): Promise<void> => follow(inTree(work, debs, argv), proxies(), progress);
  // Compiling package by package starts Python hundreds of times; all is compiled once at the end.
  const compilers = ["py3compile", "pypy3compile"];
  for (const name of compilers) {
    await inside("dpkg-divert", "--local", "--rename", "--quiet", "--add", `/usr/bin/${name}`);
    writeFileSync(`${work}/usr/bin/${name}`, "#!/bin/sh\nexit 0\n");
    chmodSync(`${work}/usr/bin/${name}`, 0o755);
  }
  await inside("apt-get", "-q", "update");
  await inside("sh", "-c", "sed -n 's/^Date: //p' /var/lib/apt/lists/*Release | head -n 1 >/etc/lab-archive-date");
  await inside("eatmydata", "apt-get", "install", "-y", "-q", ...recipe.packages);
  for (const name of compilers) {
    rmSync(`${work}/usr/bin/${name}`);
    await inside("dpkg-divert", "--local", "--rename", "--quiet", "--remove", `/usr/bin/${name}`);
  }
}

const UNPACK =
  'mkdir -p "$1"; cd "$1"; shift; apt-get -q download "$@"; for f in *.deb; do dpkg-deb -x "$f" .; done; rm ./*.deb';

/** The packages with a kernel's files that a package depends on. Newer suites have one for the kernel and one for its modules. */
const KERNEL_PACKAGES = `
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$1" |
  grep -E '^linux-(image|binary|modules)-[0-9]'`;

/** Files of packages whose daemons, or scripts at their installation, are not wanted. */
async function unpackOnly({ unpacked, kernel }: TreeRecipe, work: string, debs: string): Promise<void> {
  const into = (dir: string, names: readonly string[]): Promise<void> =>
    follow(inTree(work, debs, ["sh", "-euc", UNPACK, "sh", `/${dir}`, ...names]), proxies(), () => undefined);
  await into(UNPACKED, unpacked);
  const [command = "", ...args] = inTree(work, debs, ["sh", "-euc", KERNEL_PACKAGES, "sh", kernel]);
  await into(KERNEL, (await run(command, args)).split("\n"));
}

async function trim(work: string): Promise<void> {
  const packages = `${work}/usr/lib/python3/dist-packages`;
  await script(
    'cd "$1"; find . -name tests -type d -not -path "./$2/*" -prune -exec rm -rf {} +; find . -name __pycache__ -type d -prune -exec rm -rf {} +',
    [packages, KEPT_TESTS],
  );
  for (const path of TRIM) await run("rm", ["-rf", `${work}/${path}`]);
  for (const dir of ["var/log", "var/cache/apt/archives/partial", "var/lib/apt/lists/partial"])
    mkdirSync(`${work}/${dir}`, { recursive: true });
  // A file that cannot be compiled is one for another version of Python.
  const compile = ["python3", "-m", "compileall", "-q", "-j", "2", "/usr/lib/python3/dist-packages"];
  await follow(inTree(work, undefined, compile), {}, () => undefined).catch(() => undefined);
}

/** Version by package, of all that are installed. */
async function versions(work: string): Promise<Record<string, string>> {
  const format = "${db:Status-Status} ${Package} ${Version}\\n";
  const [command = "", ...args] = inTree(work, undefined, ["dpkg-query", "-W", "-f", format]);
  const rows = (await run(command, args)).split("\n").map((line) => line.split(" "));
  return Object.fromEntries(
    rows.flatMap(([status, name, version]) => (status === "installed" && name && version ? [[name, version]] : [])),
  );
}

const CHROOT = `
  mount --bind "$1" "$1"
  mount -t proc proc "$1/proc"
  mount -t sysfs sysfs "$1/sys"
  mount --rbind /dev "$1/dev"
  [ -z "$2" ] || mount --bind "$2" "$1/var/cache/apt/archives"
  tree=$1
  shift 2
  cd "$tree"
  exec chroot "$tree" "$@"`;

/** Argument list that runs a command in a tree under construction, in namespaces that end with it. */
function inTree(work: string, debs: string | undefined, argv: readonly string[]): string[] {
  return [...TIED, "--propagation", "private", "sh", "-euc", CHROOT, "sh", work, debs ?? "", ...argv];
}

/** Runs a command, each of its lines told to `line`. @throws LabError with the end of what it said. */
async function follow(argv: readonly string[], env: Record<string, string>, line: Say): Promise<void> {
  const [command = "", ...args] = argv;
  const child = execa(command, args, {
    extendEnv: false,
    env: { ...CLEAN_ENV, DEBIAN_FRONTEND: "noninteractive", ...env },
    stdin: "ignore",
    cwd: "/",
    all: true,
    reject: false,
  });
  for await (const text of child.iterable({ from: "all" })) line(text);
  const { exitCode, all } = await child;
  if (exitCode === 0) return;
  const shown = argv.slice(argv.indexOf("sh") + 1).join(" ");
  throw new LabError(`making the tree failed: ${shown.slice(-200)}\n${all.slice(-2000)}`);
}
