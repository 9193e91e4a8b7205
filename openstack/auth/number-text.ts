/**
 * What a number in a file stands for: its text where every reader gives that text back, such as `12` or `1.5`; else a number,
 * for `0001`, `0x1F` or `1_000` mean something else to each reader.
 */
export const textOfNumber = (written: string): string | number =>
  /^(?:-?[1-9]\d*|0|-?(?:0|[1-9]\d{0,14})\.(?:0|\d{0,13}[1-9]))$/.test(written) ? written : Number(written);
