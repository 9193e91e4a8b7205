import { Document, type DocumentOptions, type ParseOptions, type SchemaOptions } from "yaml";
import type { ScalarTag, Tags, ToStringOptions } from "yaml";
import { stringifyString } from "yaml/util";
import { hasUnseen, visible } from "./visible.ts";

/**
 * Text as YAML has it, but for what cannot be seen: that is written as escapes within double quotes. The library leaves
 * some of it as it is, and Pulumi's reader then refuses the whole file.
 */
const TEXT: ScalarTag = {
  identify: (value) => typeof value === "string",
  default: true,
  tag: "tag:yaml.org,2002:str",
  resolve: (text) => text,
  stringify: (item, context, onComment, onChompKeep) =>
    typeof item.value === "string" && hasUnseen(item.value) && !isBlock(item.type)
      ? visible(JSON.stringify(item.value))
      : stringifyString(item, { ...context, actualString: true }, onComment, onChompKeep),
};
const isBlock = (type: unknown) => type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED";

const OPTIONS: ParseOptions & DocumentOptions & SchemaOptions = {
  customTags: (tags: Tags) => tags.map((tag) => (typeof tag === "object" && tag.tag === TEXT.tag ? TEXT : tag)),
};

/** A value that can be written as YAML. */
export const yamlDocument = (value: unknown) => new Document(value, { ...OPTIONS, aliasDuplicateObjects: false });

/** A value as YAML within one line. */
export function yamlLine(value: unknown): string {
  const options: ToStringOptions = { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 };
  return yamlDocument(value).toString(options).trim();
}
