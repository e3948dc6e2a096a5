/** Logging through pino: one JSON object per line, on standard error or in a file with a limit. */
import { type DestinationStream, destination, pino } from "pino";
import type { Log, LogFields, LogLevel } from "../../port/log.ts";
import { BoundedFile } from "./bounded-file.ts";

export interface PinoLogOptions {
  /** Tells the processes of one node apart in one journal. */
  readonly name: string;
  readonly level: LogLevel;
  /** `null`: standard error. */
  readonly file: string | null;
}

export function openPinoLog({ name, level, file }: PinoLogOptions): Log {
  const logger = pino({ name, level, base: { pid: process.pid } }, open(file));
  const write =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      logger[at](fields, message);
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** Written at once, so that a crash loses no line. */
function open(file: string | null): DestinationStream {
  return file === null ? destination({ dest: 2, sync: true }) : new BoundedFile(file);
}
