/** `T` whose keys that may be `undefined` are absent instead. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * Without the keys whose value is `undefined`: for inputs, "absent" and "undefined" must not be two things.
 *
 * @example
 * definedOnly({ cloud: "lab", region: undefined }); // { cloud: "lab" }
 */
export function definedOnly<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Defined<T>;
}
