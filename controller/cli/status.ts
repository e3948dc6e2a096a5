/** `holdfast status` and `holdfast why`: ask the agent that runs here. */
import { Command, Option } from "commander";
import { askReport, askWhy, NoAnswer } from "../api/client.ts";
import { statusText } from "./status-text.ts";

export const DEFAULT_RUNTIME_DIR = "/run/holdfast";

export function statusCommand(): Command {
  return new Command("status")
    .description("Show what the agent on this node sees and does.")
    .option("--runtime-dir <dir>", "where the agent keeps its socket", DEFAULT_RUNTIME_DIR)
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]).default("text"))
    .addHelpText("after", "\nExample:\n  holdfast status\n  holdfast status -o json | jq .speaker.routers")
    .action(async (options: { runtimeDir: string; output: string }) => {
      await answering(async () => {
        const report = await askReport(options.runtimeDir);
        return options.output === "json" ? JSON.stringify(report, null, 2) : statusText(report);
      });
    });
}

export function whyCommand(): Command {
  return new Command("why")
    .description("Explain how a resource stands on this node, and why.")
    .argument("<KIND/NAME>", "for example vip/web, pp/websrvs or hc/nginx-alive")
    .option("--runtime-dir <dir>", "where the agent keeps its socket", DEFAULT_RUNTIME_DIR)
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]).default("text"))
    .addHelpText("after", "\nExample:\n  holdfast why vip/web")
    .action(async (target: string, options: { runtimeDir: string; output: string }, command: Command) => {
      const [kind = "", name = "", ...rest] = target.split("/");
      if (kind === "" || name === "" || rest.length > 0) {
        command.error(`error: '${target}' is not KIND/NAME, for example vip/web`, { exitCode: 2 });
      }
      await answering(async () => {
        const lines = await askWhy(options.runtimeDir, kind, name);
        if (lines === null) throw new NoAnswer(`there is no ${kind} named ${name} on this node`);
        return options.output === "json" ? JSON.stringify({ lines }, null, 2) : lines.join("\n");
      });
    });
}

/** Prints the answer, or why there is none; a user's mistake never ends in a stack trace. */
async function answering(ask: () => Promise<string>): Promise<void> {
  try {
    process.stdout.write(`${await ask()}\n`);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    process.stderr.write(`holdfast: ${error.message}\n`);
    process.exitCode = 1;
  }
}
