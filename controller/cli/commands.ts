/** All commands of the program `holdfast`, from their modules. */
import { AGENT_COMMANDS } from "./agent-program.ts";
import type { RunCommand } from "./packed.ts";
import { type Commands, runProgram } from "./program.ts";
import { QUICK_COMMANDS } from "./quick-commands.ts";
import { SPEAKER_COMMANDS } from "./speaker-program.ts";

const COMMANDS: Commands = {
  ...AGENT_COMMANDS,
  ...SPEAKER_COMMANDS,
  ...QUICK_COMMANDS,
  get: async () => (await import("./objects.ts")).getCommand(),
  describe: async () => (await import("./objects.ts")).describeCommand(),
  apply: async () => (await import("./apply.ts")).applyCommand(),
  diff: async () => (await import("./apply.ts")).diffCommand(),
  delete: async () => (await import("./objects.ts")).deleteCommand(),
  wait: async () => (await import("./wait.ts")).waitCommand(),
  drain: async () => (await import("./drain.ts")).drainCommand(),
  undrain: async () => (await import("./drain.ts")).undrainCommand(),
  kubeconfig: async () => (await import("./kubeconfig.ts")).kubeconfigCommand(),
  token: async () => (await import("./token.ts")).tokenCommand(),
  backup: async (version) => (await import("./backup.ts")).backupCommand(version),
  restore: async (version) => (await import("./backup.ts")).restoreCommand(version),
  replay: async () => (await import("./replay.ts")).replayCommand(),
  lab: async () => (await import("./lab.ts")).labCommand(),
};

export const run: RunCommand = (version, argv) => runProgram(COMMANDS, version, argv);
