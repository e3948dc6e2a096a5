/** The speaker's command as a program of its own, for tests that start real speakers. */
import { Command } from "commander";
import { speakerCommand } from "../../controller/cli/speaker.ts";

/** A speaker that hangs: its event loop is kept busy for ever, as by an endless loop in the program. */
process.on("SIGUSR2", () => {
  for (;;);
});

await new Command("holdfast").addCommand(speakerCommand("test")).parseAsync(process.argv);
