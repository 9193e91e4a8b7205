/** A failure of set-up that a person can act on: printed as it is, without a stack. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}
