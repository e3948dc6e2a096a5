/** `holdfast replay`: steps the state machine through a recording and shows every decision. */
import { readFileSync, statSync } from "node:fs";
import { Command, Option } from "commander";

/** A recording's file is turned over long before. */
const FILE_BYTES_MAX = 256_000_000;

const EXAMPLES = `
Examples:
  holdfast speaker --record /var/tmp/vrrp.jsonl
  holdfast agent --record /var/tmp/vrrp.jsonl
  holdfast replay /var/tmp/vrrp.jsonl --router default/web

Without --all, advertisements that were due and masters that were heard as expected are left out.
Exit status: 0 this version decides as was recorded, 1 it does not, or the file cannot be read, 2 wrong usage.
`;

interface Flags {
  readonly router?: string;
  readonly all: boolean;
  readonly output: "text" | "json";
}

export function replayCommand(): Command {
  return new Command("replay")
    .description("Step the VRRP state machine through a recording and show every decision.")
    .argument("<FILE>", "what holdfast speaker --record has written")
    .option("--router <name>", "only this virtual router, e.g. default/web")
    .option("--all", "also the daily round: advertisements that were due, masters that were heard", false)
    .addOption(
      new Option("-o, --output <format>", "text or json lines").choices(["text", "json"]).default("text"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, flags: Flags) => {
      const { parseRecording } = await import("../vrrp/recording.ts");
      const text = readRecording(file);
      if (text === null) return;
      const result = parseRecording(text);
      if (!result.ok) fail(`${file}:${result.line}: ${result.message}`);
      else await show(result.recording, flags);
    });
}

async function show(
  recording: Parameters<typeof import("../vrrp/replay.ts").replay>[0],
  { router, all, output }: Flags,
): Promise<void> {
  const { replay } = await import("../vrrp/replay.ts");
  const { formatReplayed, isNews } = await import("../vrrp/replay-text.ts");
  let steps = 0;
  let differences = 0;
  const routers = new Set<string>();
  for (const replayed of replay(recording)) {
    if (router !== undefined && replayed.recorded.router !== router) continue;
    steps += 1;
    routers.add(replayed.recorded.router);
    if (!replayed.isSame) differences += 1;
    if (!all && !isNews(replayed)) continue;
    process.stdout.write(`${output === "json" ? JSON.stringify(replayed) : formatReplayed(replayed)}\n`);
  }
  if (steps === 0 && router !== undefined) {
    fail(`the recording has nothing of ${router}`);
    return;
  }
  const verdict =
    differences === 0
      ? "this version decides every one as was recorded"
      : `this version decides ${differences} of them otherwise`;
  process.stderr.write(`${steps} steps of ${routers.size} virtual routers: ${verdict}.\n`);
  if (differences > 0) process.exitCode = 1;
}

function readRecording(file: string): string | null {
  try {
    const { size } = statSync(file);
    if (size > FILE_BYTES_MAX) {
      fail(`${file} has ${size} bytes, which no recording has`);
      return null;
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    fail(`cannot read ${file}: ${(error as NodeJS.ErrnoException).message}`);
    return null;
  }
}

function fail(sentence: string): void {
  process.stderr.write(`holdfast replay: ${sentence}\n`);
  process.exitCode = 1;
}
