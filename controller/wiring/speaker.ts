/** Puts the speaker process together. It imports nothing that the speaker does not need: its memory counts. */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { SystemClock } from "../adapter/clock/system-clock.ts";
import { takeLock } from "../adapter/libc/exclusive-lock.ts";
import { openLibc } from "../adapter/libc/libc.ts";
import { takePrecedence } from "../adapter/libc/scheduling.ts";
import { openPinoLog } from "../adapter/log/pino-log.ts";
import { NetlinkAddressTable } from "../adapter/netlink/address-table.ts";
import { LinuxNetwork } from "../adapter/packet/network.ts";
import { RecordingFile } from "../adapter/recording/recording-file.ts";
import { makeRuntimeDirectory } from "../adapter/state-files/directories.ts";
import { textFile } from "../adapter/state-files/text-file.ts";
import { OperationFailure } from "../port/failure.ts";
import type { LogLevel } from "../port/log.ts";
import { SpeakerServer } from "../speaker/server.ts";
import { Speaker } from "../speaker/speaker.ts";

export interface SpeakerOptions {
  readonly runtimeDir: string;
  readonly logLevel: LogLevel;
  /** `null`: standard error. */
  readonly logFile: string | null;
  /** `null`: nothing is recorded. */
  readonly recordFile: string | null;
  readonly version: string;
  /** `realtime`: before all other programs, where the kernel permits it. */
  readonly scheduling: "realtime" | "usual";
}

export const speakerSocket = (runtimeDir: string): string => join(runtimeDir, "speaker.sock");
export const speakerLogFile = (runtimeDir: string): string => join(runtimeDir, "speaker.log");

/** Resolves when everything has been handed over. Throws OperationFailure when another speaker runs there. */
export async function runSpeaker(options: SpeakerOptions, signal: AbortSignal): Promise<void> {
  const { runtimeDir, version } = options;
  await makeRuntimeDirectory(runtimeDir);
  const libc = openLibc();
  const attempt = takeLock(libc, join(runtimeDir, "speaker.lock"));
  if (!attempt.taken) {
    const output = `another speaker (pid ${attempt.holder}) already runs in ${runtimeDir}`;
    throw new OperationFailure({ code: "speaker-already-runs", output });
  }
  using _lock = attempt.lock;
  const log = openPinoLog({ name: "holdfast-speaker", level: options.logLevel, file: options.logFile });
  using table = new NetlinkAddressTable(libc);
  const recording = options.recordFile === null ? null : new RecordingFile(options.recordFile, log);
  const speaker = new Speaker({
    table,
    network: new LinuxNetwork(libc),
    clock: new SystemClock(() => libc.bootTime()),
    log,
    recording,
    ordersFile: textFile(join(runtimeDir, "membership.json")),
    identity: { pid: process.pid, speaker: randomUUID(), version },
  });
  using server = new SpeakerServer(speaker, log);
  const socketPath = speakerSocket(runtimeDir);
  // A leftover: nobody else can be listening there while we hold the lock.
  await rm(socketPath, { force: true });
  await server.listen(socketPath);
  const precedence = options.scheduling === "realtime" ? takePrecedence() : "none";
  log.info("the speaker runs", { runtimeDir, version, precedence });
  await speaker.run(signal);
  await recording?.flushed();
  await rm(socketPath, { force: true });
}
