/** Where a recording of the speaker goes. Nobody waits for it: it must never delay an advertisement. */
export interface RecordingSink {
  /** Changes whenever what is written from now on can only be read by itself: a new file, or lines were lost. */
  readonly part: number;
  /** Takes one line, without its end. */
  write(line: string): void;
  /** Resolves when everything that was written is in the file, or has failed. */
  flushed(): Promise<void>;
}
