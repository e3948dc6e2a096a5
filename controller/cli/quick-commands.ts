/** The commands that a person waits for. The build packs them, with all that they need, into one file: see packed.ts. */
import type { QuickCommand, RunCommand } from "./packed.ts";
import { type Commands, runProgram } from "./program.ts";

export const QUICK_COMMANDS = {
  validate: async () => (await import("./validate.ts")).validateCommand(),
  status: async () => (await import("./status.ts")).statusCommand(),
  why: async () => (await import("./status.ts")).whyCommand(),
} as const satisfies Commands & Record<QuickCommand, unknown>;

/** What the packed file exports. */
export const run: RunCommand = (version, argv) => runProgram(QUICK_COMMANDS, version, argv);
