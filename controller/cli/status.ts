/** `holdfast status` and `holdfast why`: ask the agent that runs here. */
import { Command, InvalidArgumentError, Option } from "commander";
import { askReport, askWhy, NoAnswer } from "../api/client.ts";
import { answering, print } from "./answering.ts";
import { statusText } from "./status-text.ts";

export const DEFAULT_RUNTIME_DIR = "/run/holdfast";

/** A screenful, together with all else. */
const HISTORY_DEFAULT = 10;
const HISTORY_MAX = 100;

interface WhyFlags {
  readonly runtimeDir: string;
  readonly output: string;
  readonly history: number;
}

export function statusCommand(): Command {
  return new Command("status")
    .description("Show what the agent on this node sees and does.")
    .option("--runtime-dir <dir>", "where the agent keeps its socket", DEFAULT_RUNTIME_DIR)
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]).default("text"))
    .addHelpText("after", "\nExample:\n  holdfast status\n  holdfast status -o json | jq .speaker.routers")
    .action(async (options: { runtimeDir: string; output: string }) => {
      await answering(async () => {
        const report = await askReport(options.runtimeDir);
        print(options.output === "json" ? JSON.stringify(report, null, 2) : statusText(report));
      });
    });
}

export function whyCommand(): Command {
  return new Command("why")
    .description("Explain how a resource stands on this node, and why.")
    .argument("<KIND/NAME>", "for example vip/web, pp/websrvs or hc/nginx-alive")
    .option("--runtime-dir <dir>", "where the agent keeps its socket", DEFAULT_RUNTIME_DIR)
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]).default("text"))
    .addOption(
      new Option("--history <n>", "how many changes of role of a VirtualIP to tell, up to 100")
        .argParser(parseCount)
        .default(HISTORY_DEFAULT),
    )
    .addHelpText("after", "\nExample:\n  holdfast why vip/web --history 100")
    .action(async (target: string, options: WhyFlags, command: Command) => {
      const [kind = "", name = "", ...rest] = target.split("/");
      if (kind === "" || name === "" || rest.length > 0) {
        command.error(`error: '${target}' is not KIND/NAME, for example vip/web`, { exitCode: 2 });
      }
      await answering(async () => {
        const lines = await askWhy(options.runtimeDir, kind, name, options.history);
        if (lines === null) throw new NoAnswer(`there is no ${kind} named ${name} on this node`);
        print(options.output === "json" ? JSON.stringify({ lines }, null, 2) : lines.join("\n"));
      });
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > HISTORY_MAX)
    throw new InvalidArgumentError(`It is a number from 0 to ${HISTORY_MAX}.`);
  return count;
}
