/** Where our nginx lives: its files, and how it is told of them on the command line. */
import { serializeInline } from "../../nginx/serialize.ts";
import { type Argument, directive, path, word } from "../../nginx/syntax.ts";
import type { Account } from "./account.ts";

export interface NginxPlace {
  /** The program, as an absolute path. */
  readonly binary: string;
  readonly stateDir: string;
  readonly runtimeDir: string;
  /** The same that the model names. */
  readonly statusSocket: string;
  /** Whose rights the workers have; null: those of the master (it is not root, and has no others to give). */
  readonly account: Account | null;
}

export const rootOf = (place: NginxPlace): string => `${place.stateDir}/nginx`;
export const releasesOf = (place: NginxPlace): string => `${rootOf(place)}/releases`;
export const releaseDirOf = (place: NginxPlace, id: string): string => `${releasesOf(place)}/${id}`;
/** The configuration file that the master is started with, and by which it is known for ours. */
export const liveConfigOf = (place: NginxPlace): string => `${rootOf(place)}/current/nginx.conf`;
export const errorLogOf = (place: NginxPlace): string => `${place.runtimeDir}/nginx-error.log`;
export const startLogOf = (place: NginxPlace): string => `${place.runtimeDir}/nginx-start.log`;
export const pidFileOf = (place: NginxPlace): string => `${place.runtimeDir}/nginx.pid`;

/** Arguments for the master that serves. It stays in the foreground of a session that we make for it. */
export function liveArguments(place: NginxPlace): string[] {
  const globals = globalsOf(place, pidFileOf(place), path(errorLogOf(place)));
  return [
    "-c",
    liveConfigOf(place),
    "-g",
    `${globals} ${serializeInline([directive("daemon", word("off"))])}`,
  ];
}

/** Arguments for a test of the release, which leaves nothing where the master that serves has its files. */
export function testArguments(place: NginxPlace, id: string): string[] {
  const directory = releaseDirOf(place, id);
  const globals = globalsOf(place, testPidFileOf(place, id), word("stderr"));
  return ["-t", "-q", "-c", `${directory}/nginx.conf`, "-e", "stderr", "-g", globals];
}

/** A test creates an empty pid file. */
export const testPidFileOf = (place: NginxPlace, id: string): string => `${releaseDirOf(place, id)}/test.pid`;

function globalsOf({ account }: NginxPlace, pidFile: string, errorLog: Argument): string {
  return serializeInline([
    ...(account === null ? [] : [directive("user", word(account.user), word(account.group))]),
    directive("pid", path(pidFile)),
    directive("error_log", errorLog, word("warn")),
  ]);
}
