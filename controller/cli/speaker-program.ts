/** The command `speaker` by itself. The build packs it, with all that it needs, into one file: see packed.ts. */
import type { PackedCommand, RunCommand } from "./packed.ts";
import { type Commands, runProgram } from "./program.ts";

export const SPEAKER_COMMANDS = {
  speaker: async (version: string) => (await import("./speaker.ts")).speakerCommand(version),
} as const satisfies Commands & Record<PackedCommand<"speaker">, unknown>;

export const run: RunCommand = (version, argv) => runProgram(SPEAKER_COMMANDS, version, argv);

/** Loads the modules. V8 compiles all of the speaker at once, whatever of it runs. */
export async function rehearse(): Promise<void> {
  await import("./speaker.ts");
  await import("../wiring/speaker.ts");
}
