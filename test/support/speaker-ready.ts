/** As speaker-main, with all of its code loaded, and held until a line comes on its standard input. */
import { once } from "node:events";
import { Command } from "commander";
import { speakerCommand } from "../../controller/cli/speaker.ts";

// What the command loads only when it runs.
await import("../../controller/wiring/speaker.ts");
const program = new Command("holdfast").addCommand(speakerCommand("test"));
process.stdout.write("loaded\n");
await once(process.stdin, "data");
// Nothing of it may keep the process from ending.
process.stdin.destroy();
await program.parseAsync(process.argv);
