/** A little that outlives the process, also a killed one: written many times a second, and never waited for. */
export interface Slate {
  /** What stands there; `null`: nothing, or it cannot be read. */
  read(): Promise<string | null>;
  /** Instead of what stands there. It is not made durable: the next process reads it, not the next boot. Throws OperationFailure `store-refused`. */
  write(content: Uint8Array): void;
}
