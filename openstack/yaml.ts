/** The YAML parser, in a module of its own so that the bundle can load it only when a file needs it. */
export { parse } from "yaml";
