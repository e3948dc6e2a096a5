/** The speaker's command as a program of its own, for tests that start real speakers. */
import { Command } from "commander";
import { speakerCommand } from "../../controller/cli/speaker.ts";

await new Command("holdfast").addCommand(speakerCommand("test")).parseAsync(process.argv);
