/** Most file systems take 255 bytes; the rest is for what a caller puts around the name. */
const LONGEST = 160;

/**
 * A name as a part of a file's name: no separator, no other folder, no leading dot or dash, and short enough for every
 * file system. Different names stay different. Letters, digits and `-_.` stay as they are.
 *
 * @example fileName("../vm 1") // "%2E.%2Fvm%201"
 */
export function fileName(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/[!'()*]|^[.-]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
  if (encoded.length <= LONGEST) return encoded || "%";
  // An import would load more than it is worth.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 32);
  // Not in the middle of an encoded byte.
  return `${encoded.slice(0, LONGEST - hash.length - 1).replace(/%.?$/, "")}-${hash}`;
}
