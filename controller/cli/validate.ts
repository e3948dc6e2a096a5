/** `holdfast validate`: says what is wrong with manifests, all of it, before any node sees them. */
import { Command, Option } from "commander";

const EXAMPLES = `
Examples:
  holdfast validate /etc/holdfast/manifests
  holdfast validate --node lb-1 web.yaml checks.yaml
  git show HEAD:web.yaml | holdfast validate -

A directory is read as the agent reads it: all *.yaml, *.yml and *.json files, but for hidden ones; - is the standard input.
Exit status: 0 valid, 1 not valid, 2 wrong usage.
`;

interface Flags {
  readonly node?: string;
  readonly output: "text" | "json";
}

export function validateCommand(): Command {
  return new Command("validate")
    .description("Check manifests, each by itself and all together.")
    .argument("<FILE_OR_DIR...>", "manifests, or directories of manifests")
    .option("--node <name>", "check also that a VirtualIP has a member of this name")
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]).default("text"))
    .addHelpText("after", EXAMPLES)
    .action(async (paths: readonly string[], { node, output }: Flags) => {
      // Only now: the help of all commands must not wait for the schemas.
      const { doNotCompileSchemas } = await import("../resource/schema-speed.ts");
      doNotCompileSchemas();
      const { readInputs } = await import("./validate-inputs.ts");
      const { judge, judgementJson, judgementText } = await import("./validate-judgement.ts");
      const judgement = judge(await readInputs(paths), node ?? null);
      const text = output === "json" ? judgementJson(judgement) : judgementText(judgement);
      process.stdout.write(`${text}\n`);
      process.exitCode = judgement.isValid ? 0 : 1;
    });
}
