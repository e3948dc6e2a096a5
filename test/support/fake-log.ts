/** A log that keeps its lines. */
import type { Log, LogFields, LogLevel } from "../../controller/port/log.ts";

export class FakeLog implements Log {
  readonly lines: { readonly level: LogLevel; readonly message: string }[] = [];
  readonly #fields: { readonly message: string; readonly fields: LogFields }[] = [];

  debug(message: string, fields: LogFields = {}): void {
    this.#keep("debug", message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#keep("info", message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#keep("warn", message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#keep("error", message, fields);
  }

  /** Of each line with this message. */
  fieldsOf(message: string): LogFields[] {
    return this.#fields.filter((line) => line.message === message).map(({ fields }) => fields);
  }

  at(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  #keep(level: LogLevel, message: string, fields: LogFields): void {
    this.lines.push({ level, message });
    this.#fields.push({ message, fields });
  }
}

const silent = (): void => undefined;

/** For those whose lines nobody looks at. */
export const SILENT: Log = { debug: silent, info: silent, warn: silent, error: silent };
