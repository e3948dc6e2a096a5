/** `holdfast speaker`: the process that owns this node's virtual addresses. */
import { Command, Option } from "commander";
import { OperationFailure } from "../port/failure.ts";
import type { LogLevel } from "../port/log.ts";

interface Flags {
  readonly runtimeDir: string;
  readonly logLevel: LogLevel;
  readonly logFile?: string;
  readonly record?: string;
  readonly scheduling: "realtime" | "usual";
}

const EXAMPLES = `
Example:
  holdfast speaker --runtime-dir /run/holdfast

The agent starts a speaker by itself; under systemd it is a unit of its own, and the agent runs with --speaker attached.
SIGTERM hands every address over to the other nodes, then ends.
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
    .addHelpText("after", EXAMPLES)
    .action((flags: Flags) => serve(flags, version));
}

async function serve({ logFile, record, ...flags }: Flags, version: string): Promise<void> {
  // Only now: no other command needs the adapters.
  const { runSpeaker } = await import("../wiring/speaker.ts");
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stopping.abort());
  try {
    const options = { ...flags, logFile: logFile ?? null, recordFile: record ?? null, version };
    await runSpeaker(options, stopping.signal);
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    process.stderr.write(`holdfast speaker: ${error.message}\n`);
    process.exitCode = 1;
  }
}
