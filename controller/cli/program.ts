/** Runs the command that the arguments name. Exit status 0 done, 1 failed, 2 wrong usage. */
import { Command, CommanderError } from "commander";

/** Each command is loaded only when it is asked for (or when help lists them all): start-up time is the user's. */
export type Commands = Readonly<Record<string, (version: string) => Promise<Command>>>;

export async function runProgram(
  commands: Commands,
  version: string,
  argv: readonly string[],
): Promise<void> {
  const program = new Command("holdfast")
    .description(
      "Keep a floating IP address, and the nginx behind it, alive on 2 to 20 Linux load balancers.",
    )
    .version(version)
    .showHelpAfterError("(--help tells more)")
    .exitOverride();
  const wanted = commands[argv[2] ?? ""];
  const loaded = wanted === undefined ? Object.values(commands) : [wanted];
  for (const load of loaded) program.addCommand(inherit(await load(version)));
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
