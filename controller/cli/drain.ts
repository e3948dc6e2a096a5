/** `holdfast drain` and `holdfast undrain`: this node out of service, for maintenance, and back. */
import { userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { NoAnswer } from "../api/client.ts";
import { askDrain, postDrain, postUndrain } from "../api/drain-client.ts";
import { type Millis, millis } from "../net/time.ts";
import type { DrainView } from "../plan/drain.ts";
import { NAME_CHARACTERS_MAX, REASON_CHARACTERS_MAX, wrongWithText } from "../plan/drain-request.ts";
import { answering, print } from "./answering.ts";
import { drainedText, impatientText, newsOf, refusedText, warningText } from "./drain-text.ts";
import { readDuration } from "./read-duration.ts";
import { DEFAULT_RUNTIME_DIR } from "./status.ts";

/** A hand-over at the usual intervals takes between 50 ms and 2 s. */
const LOOK_MS = 50;

const DRAIN_HELP = `
Hands every address of this node over to other members, without a gap, and keeps the node from taking any until it is told
to undrain: also after a restart of agent, speaker or machine. nginx serves on. Returns when the node holds nothing any
more. It is whole or not at all: when an address finds no taker the drain is refused, and the node serves on as before.

With --timeout it waits no longer than that. As with kubectl drain, that ends the waiting only: the drain goes on.

Exit status: 0 drained, 1 refused or not in time, 2 wrong usage.

Examples:
  holdfast drain --reason "new kernel"
  holdfast drain --timeout 10s
  holdfast drain --force        lets go of addresses that nobody takes, too`;

const UNDRAIN_HELP = `
The node takes part in elections again. Whether and when it gets addresses back say priority, preempt and preemptDelay.
Ends a drain that is under way, too.

Example:
  holdfast undrain`;

interface Flags {
  readonly runtimeDir: string;
  readonly output: string;
  readonly reason: string;
  readonly force: boolean;
  /** 0: for as long as it takes. */
  readonly timeout: Millis;
}

export function drainCommand(): Command {
  return common(
    new Command("drain")
      .description("Take this node out of service: hand its addresses over, and stay away.")
      .addOption(
        new Option("--reason <text>", "why; shown by status and why, in notifications and in the log")
          .argParser(parseReason)
          .default("", "none"),
      )
      .option("--force", "also when nobody is known to take over", false)
      .addOption(
        new Option("--timeout <duration>", "how long to wait, e.g. 10s; 0s: for as long as it takes")
          .argParser(readDuration)
          .default(millis(0), "0s"),
      ),
  )
    .addHelpText("after", DRAIN_HELP)
    .action((flags: Flags) => answering(() => drain(flags)));
}

export function undrainCommand(): Command {
  return common(new Command("undrain").description("Take this node back into service."))
    .addHelpText("after", UNDRAIN_HELP)
    .action((flags: Flags) => answering(() => undrain(flags)));
}

function common(command: Command): Command {
  return command
    .option("--runtime-dir <dir>", "where the agent keeps its socket", DEFAULT_RUNTIME_DIR)
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]).default("text"));
}

function parseReason(text: string): string {
  const wrong = wrongWithText(text, REASON_CHARACTERS_MAX);
  if (wrong !== null) throw new InvalidArgumentError(`The reason ${wrong}.`);
  return text;
}

/** Whoever became root to do this, as far as sudo tells. */
function whoAsks(): string {
  const name = process.env["SUDO_USER"] ?? userInfo().username;
  return wrongWithText(name, NAME_CHARACTERS_MAX) === null ? name : userInfo().username;
}

async function drain({ runtimeDir, output, reason, force, timeout }: Flags): Promise<void> {
  const say = output === "json" ? null : print;
  const answer = await postDrain(runtimeDir, { by: whoAsks(), reason, isForced: force });
  if (!answer.ok) throw new NoAnswer(refusedText(answer.objections, !force));
  for (const warning of answer.warnings) process.stderr.write(`${warningText(warning)}\n`);
  const view = await untilOver(runtimeDir, answer.view, say, timeout);
  if (view.phase === "Draining") throw new NoAnswer(impatientText(view, timeout));
  if (view.phase === "InService") {
    const { refusal } = view;
    const isOurs = refusal !== null && refusal.since === answer.view.drain?.since;
    throw new NoAnswer(
      isOurs ? refusedText(refusal.objections, !force) : "the drain was ended by somebody else",
    );
  }
  print(output === "json" ? JSON.stringify(view, null, 2) : drainedText(view));
}

/** The agent ends what finds no end in time, so no limit is needed; with one, the drain may be under way still. */
async function untilOver(
  runtimeDir: string,
  first: DrainView,
  say: ((line: string) => void) | null,
  timeout: Millis,
): Promise<DrainView> {
  const impatience = timeout === 0 ? null : AbortSignal.timeout(timeout);
  let before: DrainView | null = null;
  let view = first;
  for (;;) {
    if (view.phase !== "InService") for (const line of newsOf(before, view)) say?.(line);
    if (view.phase !== "Draining" || impatience?.aborted === true) return view;
    before = view;
    await sleep(LOOK_MS);
    view = await askDrain(runtimeDir);
  }
}

async function undrain({ runtimeDir, output }: Flags): Promise<void> {
  const before = await askDrain(runtimeDir);
  const view = await postUndrain(runtimeDir, whoAsks());
  if (output === "json") return print(JSON.stringify(view, null, 2));
  const { node } = view;
  print(
    before.phase === "InService"
      ? `node/${node} is in service already`
      : `node/${node} is in service again; priority, preempt and preemptDelay say when it holds addresses`,
  );
}
