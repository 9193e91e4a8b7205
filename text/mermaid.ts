import { oneLine } from "./visible.ts";

/** Text between the quotes of a Mermaid label. Whatever is not surely harmless is one of Mermaid's own entities. */
export function mermaidText(text: string): string {
  return oneLine(text)
    .trim()
    .replace(/[^\p{L}\p{N} _.,:/()+-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
}
