#!/usr/bin/env node
/** The program `holdfast`: picks the command and loads only what it needs. Exit status 0 done, 1 failed, 2 wrong usage. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";

const version = readVersion();

const program = new Command("holdfast")
  .description("Keep a floating IP address, and the nginx behind it, alive on 2 to 20 Linux load balancers.")
  .version(version)
  .showHelpAfterError("(--help tells more)")
  .exitOverride();

/** Each command is loaded only when it is asked for (or when help lists them all): start-up time is the user's. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  agent: async () => (await import("./agent.ts")).agentCommand(version),
  speaker: async () => (await import("./speaker.ts")).speakerCommand(version),
  validate: async () => (await import("./validate.ts")).validateCommand(),
  status: async () => (await import("./status.ts")).statusCommand(),
  why: async () => (await import("./status.ts")).whyCommand(),
  replay: async () => (await import("./replay.ts")).replayCommand(),
  lab: async () => (await import("./lab.ts")).labCommand(),
};

await main(process.argv);

async function main(argv: readonly string[]): Promise<void> {
  const wanted = argv[2] ?? "";
  const load = COMMANDS[wanted];
  const commands = load === undefined ? Object.values(COMMANDS) : [load];
  for (const each of commands) program.addCommand(inherit(await each()));
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has printed what is wrong. Help that was asked for is no mistake.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}

/** Errors of a command end as those of the program do. */
function inherit(command: Command): Command {
  command.exitOverride().showHelpAfterError("(--help tells more)");
  for (const child of command.commands) inherit(child);
  return command;
}

function readVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
