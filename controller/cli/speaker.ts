/** `holdfast speaker`: the process that owns this node's virtual addresses. */
import { spawn } from "node:child_process";
import { Command, Option } from "commander";
import { OperationFailure } from "../port/failure.ts";
import type { LogLevel } from "../port/log.ts";

interface Flags {
  readonly runtimeDir: string;
  readonly logLevel: LogLevel;
  readonly logFile?: string;
  readonly record?: string;
  readonly scheduling: "realtime" | "usual";
  readonly replace: boolean;
}

const EXAMPLES = `
Examples:
  holdfast speaker --runtime-dir /run/holdfast
  holdfast speaker --runtime-dir /run/holdfast --replace     # after an upgrade: no address moves, no other node notices

The agent starts a speaker by itself; under systemd it is a unit of its own, and the agent runs with --speaker attached.
SIGTERM hands every address over to the other nodes, then ends. SIGHUP starts a new process from the program as it is on
disk now, which takes over in place.
`;

export function speakerCommand(version: string): Command {
  return new Command("speaker")
    .description("Speak VRRP for this node and hold its virtual addresses.")
    .addOption(
      new Option("--runtime-dir <dir>", "directory of the socket and the lock").default("/run/holdfast"),
    )
    .addOption(
      new Option("--log-level <level>", "least level to log")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .addOption(
      new Option("--log-file <file>", "log to this file, which is kept small, instead of standard error"),
    )
    .option(
      "--record <file>",
      "write down what is heard and decided, for holdfast replay; the file is kept small",
    )
    .addOption(
      new Option(
        "--scheduling <policy>",
        "before all other programs if the kernel permits it, or as they are",
      )
        .choices(["realtime", "usual"])
        .default("realtime"),
    )
    .option("--replace", "take over from the speaker that runs there, with its roles and addresses", false)
    .addHelpText("after", EXAMPLES)
    .action((flags: Flags) => serve(flags, version));
}

async function serve({ logFile, record, ...flags }: Flags, version: string): Promise<void> {
  // Only now: no other command needs the adapters.
  const { runSpeaker } = await import("../wiring/speaker.ts");
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stopping.abort());
  process.on("SIGHUP", startHeir);
  try {
    const options = { ...flags, logFile: logFile ?? null, recordFile: record ?? null, version };
    await runSpeaker(options, stopping.signal);
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    process.stderr.write(`holdfast speaker: ${error.message}\n`);
    process.exitCode = 1;
  }
}

/** The same command again, from the program that is on disk now. It outlives us, and writes where we write. */
function startHeir(): void {
  const options = process.argv.slice(1).filter((each) => each !== "--replace");
  const child = spawn(process.execPath, [...process.execArgv, ...options, "--replace"], {
    detached: true,
    stdio: "inherit",
  });
  child.on("error", (error) =>
    process.stderr.write(`holdfast speaker: cannot start another: ${error.message}\n`),
  );
  child.unref();
}
