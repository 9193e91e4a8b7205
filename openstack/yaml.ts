import { parse as parseYaml } from "yaml";

/**
 * The YAML parser, in a module of its own so that the bundle can load it only when a file needs it. Merge keys (`<<`) are
 * merged, as the `openstack` client's parser does it, though YAML 1.2 knows them no longer.
 */
export const parse = (text: string): unknown => parseYaml(text, { merge: true });
