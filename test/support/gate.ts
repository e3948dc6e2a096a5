/** Something that others wait for: open, until a test closes it. */
export class Gate {
  #opened: Promise<void> = Promise.resolve();

  /** Resolves when it is open. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  /** Until the answer is called. */
  close(): () => void {
    let open = (): void => undefined;
    this.#opened = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }
}
