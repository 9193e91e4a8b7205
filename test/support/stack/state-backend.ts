/** A place for Pulumi's state that is not a folder, for as long as a test. */
export interface StateBackend {
  /** What `pulumi login` is given. */
  url: string;
  /** What the CLI needs besides. */
  env: Record<string, string>;
  /** Everything that is kept there now, as text to search, names included. */
  stored: () => Promise<string>;
  close: () => Promise<void>;
}
