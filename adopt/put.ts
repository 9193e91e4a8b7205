import type { Document } from "yaml";

/** Sets a value below others, of which any may stand there without a value, as `servers:` with its entries commented out. */
export function put(document: Document, path: readonly string[], value: unknown): void {
  for (let depth = 1; depth < path.length; depth++) {
    const parent = path.slice(0, depth);
    // Undefined: the key is not there, and is made.
    if (document.getIn(parent) === null) document.setIn(parent, document.createNode({}));
  }
  document.setIn(path, value);
}
