/** Returns the name of each property in angle brackets: fills the placeholders of any message. */
export const ANYTHING = new Proxy({}, { get: (_, name) => `<${String(name)}>` }) as never;
