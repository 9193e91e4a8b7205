/**
 * Control characters (escape sequences begin with one), and characters that are not seen but hide, join or turn what
 * stands around them, as right-to-left marks do: with them a name passes for another. Variation selectors stay: emoji
 * have them.
 */
const UNSEEN = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\ufe0e\ufe0f]]/gv;

const escaped = (character: string) =>
  Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }).join("");

/** Whether a text has characters that {@link oneLine} would change. */
export const hasUnseen = (text: string): boolean => text.search(UNSEEN) >= 0;

/** The text with every unseen character escaped, as in `\u202e`. */
export const visible = (text: string): string => text.replace(UNSEEN, escaped);

/** The text in one line: line breaks and tabs are spaces, every other unseen character is escaped, as in `\u202e`. */
export const oneLine = (text: string): string => visible(text.replace(/[\t-\r\x85\u2028\u2029]+/g, " "));

/** JSON that shows every character that it has; a reader of JSON gets the same values. */
export function toJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent);
  return indent === undefined ? visible(text) : text.split("\n").map(visible).join("\n");
}
