/** Where Debian packages for a tree come from: the machine's own apt sources, unless told otherwise. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface Mirror {
  readonly url: string;
  /** Keys that the mirror's Release file must be signed with. */
  readonly keyring: string;
}

/** Where Debian keeps its keys. */
export const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Debian's suites under any name. A source of another distribution, or of security updates alone, has none of these. */
const SUITE = /^(stable|oldstable|testing|unstable|sid|bookworm|trixie|forky|duke)$/;

interface Source {
  readonly url: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly keyring: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The mirror by LAB_MIRROR and LAB_KEYRING, or else the first source of Debian's main archive in apt's files.
 * Undefined when there is neither.
 *
 * @param files contents of apt's source files, by name
 */
export function mirrorFrom(env: Env, files: Readonly<Record<string, string>>): Mirror | undefined {
  const found = Object.entries(files)
    .flatMap(([name, text]) => (name.endsWith(".sources") ? stanzas(text) : oneLiners(text)))
    .find(({ suites, components }) => components.includes("main") && suites.some((suite) => SUITE.test(suite)));
  const url = env["LAB_MIRROR"] ?? found?.url;
  if (url === undefined) return undefined;
  return { url: url.replace(/\/+$/, ""), keyring: env["LAB_KEYRING"] ?? found?.keyring ?? DEBIAN_KEYRING };
}

/** The machine's mirror. */
export function mirror(env: Env = process.env): Mirror | undefined {
  const dir = "/etc/apt/sources.list.d";
  const parts = existsSync(dir) ? readdirSync(dir).sort() : [];
  const names = [...parts.filter((name) => /\.(sources|list)$/.test(name)).map((name) => `${dir}/${name}`)];
  if (existsSync("/etc/apt/sources.list")) names.unshift("/etc/apt/sources.list");
  return mirrorFrom(env, Object.fromEntries(names.map((name) => [name, readFileSync(name, "utf8")])));
}

/** `deb [signed-by=KEYRING] URL SUITE COMPONENT…` */
function oneLiners(text: string): Source[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = "", url = "", suite = "", components = ""] = match;
    return [source(url, [suite], words(components), /\bsigned-by=(\S+)/i.exec(options)?.[1])];
  });
}

/** Paragraphs of `Field: value`, continued by indented lines; `Enabled: no` switches one off. */
function stanzas(text: string): Source[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  return lines
    .join("\n")
    .split(/\n\s*\n/)
    .flatMap((paragraph) => {
      const fields = new Map(
        [...paragraph.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm)].map(([, name = "", value = ""]) => [
          name.toLowerCase(),
          value.trim(),
        ]),
      );
      const all = (name: string): string[] => words(fields.get(name) ?? "");
      if (!all("types").includes("deb") || /^(no|false)$/i.test(fields.get("enabled") ?? "")) return [];
      return all("uris").map((url) => source(url, all("suites"), all("components"), fields.get("signed-by")));
    });
}

/** A key may also stand in the file itself, or be a fingerprint: then the default is used. */
function source(url: string, suites: string[], components: string[], signedBy: string | undefined): Source {
  const keyring = signedBy?.startsWith("/") === true ? words(signedBy)[0] : undefined;
  return { url, suites, components, keyring };
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");
