/** One small file that survives the process, replaced as a whole. */
export interface StateFile {
  /** `null` when there is none, or when it cannot be read. */
  read(): Promise<string | null>;
  /** After a crash there is the old text or the new, never a part; once it resolves, the new one. Throws OperationFailure `store-refused`. */
  write(text: string): Promise<void>;
}
