/** Where a package's licence may stand. */
const LICENSE_FILES = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE", "LICENSE-MIT.txt", "license.md"];

/** Directories of the packages that a bundle's input files come from, each once. Pure. */
export function packagesIn(files: readonly string[]): string[] {
  const found = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(found)].sort();
}

/**
 * The licences of bundled packages, as most of them require of whoever passes their code on.
 *
 * @throws Error for a package without a licence file
 */
export async function noticesOf(
  packages: readonly string[],
  read: (path: string) => Promise<string | undefined>,
): Promise<string> {
  const notices = await Promise.all(
    packages.map(async (directory) => {
      const { name, version } = JSON.parse((await read(`${directory}/package.json`)) ?? "{}") as Record<string, string>;
      const texts = await Promise.all(LICENSE_FILES.map((file) => read(`${directory}/${file}`)));
      const text = texts.find((found) => found !== undefined);
      if (text === undefined) throw new Error(`${directory} has no licence file; look where its licence stands`);
      return `${name ?? directory} ${version ?? ""}\n\n${text.trim()}\n`;
    }),
  );
  const rule = `\n${"-".repeat(80)}\n\n`;
  return `The command live-migrate contains code of these packages.\n${rule}${notices.join(rule)}`;
}
