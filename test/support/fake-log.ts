/** A log that keeps its lines. */
import type { Log } from "../../controller/port/log.ts";

export class FakeLog implements Log {
  readonly lines: { readonly level: string; readonly message: string }[] = [];

  debug(message: string): void {
    this.lines.push({ level: "debug", message });
  }

  info(message: string): void {
    this.lines.push({ level: "info", message });
  }

  warn(message: string): void {
    this.lines.push({ level: "warn", message });
  }

  error(message: string): void {
    this.lines.push({ level: "error", message });
  }

  at(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }
}
