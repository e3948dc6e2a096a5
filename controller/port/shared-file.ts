/** One small file that several processes change: the agent, and the commands that are run beside it. */
export interface SharedFile {
  /**
   * Differs whenever the content does; costs one stat(2). null: there is no file. All three throw OperationFailure:
   * `not-permitted`, or `store-unusable` for what else keeps the file from being read. A file that cannot be read is never
   * taken for one that is not there: what it holds would be made anew over it.
   */
  version(): Promise<string | null>;
  read(): Promise<string | null>;
  /**
   * Puts in the file what `change` makes of the text in it, while no other process does, and returns that. After a crash there is the
   * old text or the new, never a part. Nothing is written when `change` returns what it was given, or throws.
   */
  update(change: (text: string | null) => string): Promise<string>;
}
