/** The commands that a person waits for. The build packs them, with all that they need, into one file: see packed.ts. */
import type { PackedCommand, RunCommand } from "./packed.ts";
import { type Commands, runProgram } from "./program.ts";

export const QUICK_COMMANDS = {
  validate: async () => (await import("./validate.ts")).validateCommand(),
  status: async () => (await import("./status.ts")).statusCommand(),
  why: async () => (await import("./status.ts")).whyCommand(),
} as const satisfies Commands & Record<PackedCommand<"commands">, unknown>;

export const run: RunCommand = (version, argv) => runProgram(QUICK_COMMANDS, version, argv);

/** Together they use most of what `validate` can do. */
const REHEARSED = ["manifests/single-master", "test/golden/broken"];

export async function rehearse(): Promise<void> {
  await run("0", [process.execPath, "holdfast", "validate", ...REHEARSED]);
  // It has judged manifests that are broken on purpose.
  process.exitCode = 0;
}
