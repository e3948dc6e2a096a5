/** Puts the speaker process together. It imports nothing that the speaker does not need: its memory counts. */
import { readFileSync, renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { KernelTimers } from "../adapter/clock/kernel-timers.ts";
import { SystemClock } from "../adapter/clock/system-clock.ts";
import { openLibc } from "../adapter/libc/libc.ts";
import { takePrecedence } from "../adapter/libc/scheduling.ts";
import { openPinoLog } from "../adapter/log/pino-log.ts";
import { NetlinkAddressTable } from "../adapter/netlink/address-table.ts";
import { MacvlanLinks } from "../adapter/netlink/macvlan-links.ts";
import { LinuxNetwork } from "../adapter/packet/network.ts";
import { RecordingFile } from "../adapter/recording/recording-file.ts";
import { makeRuntimeDirectory } from "../adapter/state-files/directories.ts";
import { SlateFile } from "../adapter/state-files/slate-file.ts";
import { textFile } from "../adapter/state-files/text-file.ts";
import { notifySupervisor } from "../adapter/supervisor/notify-socket.ts";
import { after, millis } from "../net/time.ts";
import type { LogLevel } from "../port/log.ts";
import { SpeakerServer } from "../speaker/server.ts";
import { Speaker } from "../speaker/speaker.ts";
import { SpeakerPlace, speakerSocket } from "./speaker-place.ts";

/** Longer than a sleeping processor takes to wake, and a process to be given it: 0.1 to 0.4 ms, here and on a busy machine. */
const VIGIL = millis(1);

/** By then all is compiled and taken up that a start takes: 2 MB of what it needed are nobody's. */
const TRIM_AFTER = millis(5_000);

export interface SpeakerOptions {
  readonly runtimeDir: string;
  readonly logLevel: LogLevel;
  /** `null`: standard error. */
  readonly logFile: string | null;
  /** `null`: nothing is recorded. */
  readonly recordFile: string | null;
  readonly version: string;
  /** Whether to take over from a speaker that runs there. */
  readonly replace: boolean;
  /** `realtime`: before all other programs, where the kernel permits it. */
  readonly scheduling: "realtime" | "usual";
}

/** Resolves when everything has been handed over. Throws OperationFailure when another speaker runs there. */
export async function runSpeaker(options: SpeakerOptions, signal: AbortSignal): Promise<void> {
  const { runtimeDir, version } = options;
  await makeRuntimeDirectory(runtimeDir);
  const libc = openLibc();
  using timers = new KernelTimers(libc);
  const clock = new SystemClock(() => libc.bootTime(), timers);
  const socketPath = speakerSocket(runtimeDir);
  using place = new SpeakerPlace(libc, runtimeDir, clock);
  const predecessor = place.take() ? null : await place.predecessor(options.replace);
  const log = openPinoLog({ name: "holdfast-speaker", level: options.logLevel, file: options.logFile });
  using table = new NetlinkAddressTable(libc);
  using virtualLinks = new MacvlanLinks(libc);
  const recording = options.recordFile === null ? null : new RecordingFile(options.recordFile, log);
  using slate = new SlateFile(join(runtimeDir, "pulse"));
  const speaker = new Speaker({
    table,
    virtualLinks,
    network: new LinuxNetwork(libc),
    clock,
    log,
    recording,
    ordersFile: textFile(join(runtimeDir, "membership.json")),
    slate,
    vigil: VIGIL,
    identity: { pid: process.pid, speaker: newIdentity(), version },
  });
  using server = new SpeakerServer(speaker, log);
  // Where nobody looks for it, until the place is ours.
  const waitingPath = `${socketPath}.${process.pid}`;
  await rm(waitingPath, { force: true });
  await server.listen(waitingPath);
  const open = (): void => {
    renameSync(waitingPath, socketPath);
    const lines = ["READY=1", `MAINPID=${process.pid}`];
    const because = notifySupervisor(libc, process.env["NOTIFY_SOCKET"], lines);
    if (because !== null) log.warn("cannot tell the supervisor that the speaker is ready", { because });
  };
  if (predecessor === null) open();
  const precedence = options.scheduling === "realtime" ? takePrecedence() : "none";
  using _trimming = clock.alarm(after(clock.now(), TRIM_AFTER), () => libc.trimMemory());
  log.info("the speaker runs", { runtimeDir, version, precedence });
  const ending = await speaker.run(signal, predecessor && place.successionFrom(predecessor, open));
  await recording?.flushed();
  // The heir waits for the connection to end, and then finds the place free; the path is its own from then on.
  if (ending === "bequeathed") place[Symbol.dispose]();
  else await rm(socketPath, { force: true });
}

/** A random UUID of the kernel (random(4)): node:crypto takes a megabyte. */
const newIdentity = (): string => readFileSync("/proc/sys/kernel/random/uuid", "utf8").trim();
