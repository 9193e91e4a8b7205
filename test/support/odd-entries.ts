import * as fc from "fast-check";

const NO_VALUES: unknown[] = [null, {}, [], [[]]];
/** What no API promises. */
export const junk = fc.constantFrom<unknown>(...NO_VALUES, 7, true, "text", "", { status: "UNKNOWN" });

/** As Nova shows what is in a cell whose database does not answer (2.69 and newer). */
const WITHOUT_CELL = ["id", "host", "binary", "tenant_id", "created"];

type Odd = (entry: unknown) => unknown;
const only =
  (keys: readonly string[]): Odd =>
  (entry) =>
    Object.fromEntries(Object.entries(entry as object).filter(([key]) => keys.includes(key)));

/** What a cloud may give in an entry's place: nothing like it, a part of it, or a field that is of another kind. */
export function oddEntry(sample: unknown): fc.Arbitrary<Odd> {
  const keys = Object.keys(sample as object);
  return fc.oneof(
    junk.map(
      (odd): Odd =>
        () =>
          odd,
    ),
    fc.subarray(keys).map(only),
    fc
      .tuple(fc.constantFrom(...keys), fc.constantFrom(...NO_VALUES))
      .map(([key, value]): Odd => (entry) => ({ ...(entry as object), [key]: value })),
    fc.constant<Odd>((entry) => ({ ...(only(WITHOUT_CELL)(entry) as object), status: "UNKNOWN" })),
  );
}
