import { parseDocument, type ScalarTag } from "yaml";
import { textOfNumber } from "./number-text.ts";

/** YAML 1.1 as PyYAML resolves it, which the `openstack` client uses: `0089`, `12e4` and hex ids are text, `017` is not. */
const INTEGER = /^[-+]?(?:0b[01_]+|0x[\dA-Fa-f_]+|0[0-7_]+|0|[1-9][\d_]*(?::[0-5]?\d)*)$/;
const FLOAT =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|[-+]?\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

const scalar = (tag: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag => ({
  tag: `tag:yaml.org,2002:${tag}`,
  default: true,
  test,
  resolve,
});

const TAGS = [
  scalar("null", /^(?:~|null|Null|NULL)?$/, () => null),
  scalar("bool", /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/, () => true),
  scalar("bool", /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/, () => false),
  scalar("int", INTEGER, textOfNumber),
  scalar("float", FLOAT, textOfNumber),
];

/**
 * Reads YAML as the `openstack` client does: merge keys (`<<`) are merged, and of two equal keys the last wins. A number is its
 * text; one that no longer has its text once it is read (`0001` is 1) stays a number, for its reader to refuse.
 *
 * The YAML parser is in a module of its own so that the bundle can load it only when a file needs it.
 *
 * @throws Error with `linePos` if it is not plain YAML
 */
export function parse(text: string): unknown {
  const document = parseDocument(text, {
    schema: "failsafe",
    customTags: TAGS,
    merge: true,
    uniqueKeys: false,
    logLevel: "error",
  });
  // A tag that is not known, such as `!vault`, is only a warning: its text would be sent as a password.
  const [broken] = [...document.errors, ...document.warnings];
  if (broken) throw broken;
  return document.toJS({ maxAliasCount: -1 });
}
