/** A log for what strangers can cause: they must not be able to fill the journal. */
import { after, type Instant, millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import type { Log, LogFields, LogLevel } from "../port/log.ts";

const LINES_MAX = 10;
const WINDOW = millis(60_000);

/** Writes so many lines a minute; the first of the next minute says how many were left out. */
export class SparingLog implements Log {
  readonly #log: Log;
  readonly #clock: Pick<Clock, "now">;
  #lines = 0;
  #windowEnd: Instant | null = null;

  constructor(log: Log, clock: Pick<Clock, "now">) {
    this.#log = log;
    this.#clock = clock;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#write("error", message, fields);
  }

  #write(level: LogLevel, message: string, fields: LogFields): void {
    const now = this.#clock.now();
    if (this.#windowEnd === null || now >= this.#windowEnd) {
      const leftOut = Math.max(0, this.#lines - LINES_MAX);
      this.#windowEnd = after(now, WINDOW);
      this.#lines = 1;
      this.#log[level](message, leftOut === 0 ? fields : { ...fields, leftOut });
      return;
    }
    this.#lines++;
    if (this.#lines <= LINES_MAX) this.#log[level](message, fields);
  }
}
