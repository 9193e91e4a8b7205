/**
 * A name or id as one segment of a URL's path: whatever it is, it leads to no other resource.
 *
 * @throws RangeError if it is empty
 */
export function segment(id: string): string {
  if (id === "") throw new RangeError("an id is empty");
  const encoded = encodeURIComponent(id.toWellFormed());
  // URLs take both `..` and `%2E%2E` for the folder above; encoded twice it is an id that does not exist.
  return /^\.{1,2}$/.test(encoded) ? encoded.replaceAll(".", "%252E") : encoded;
}
