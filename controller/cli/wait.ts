/** `holdfast wait`: until the world is so. */
import { Command, InvalidArgumentError } from "commander";
import { follow, tell } from "../api/object-client.ts";
import { metadataOf } from "../object/metadata.ts";
import { at, fieldOf } from "../object/tree.ts";
import { isList, type JsonObject } from "../resource/json-schema.ts";
import { answering, print, Refused } from "./answering.ts";
import { type Named, pathOf, readNames } from "./object-names.ts";
import { type Place, placed } from "./objects.ts";
import { readDuration } from "./read-duration.ts";

interface WaitFlags extends Place {
  readonly for: Goal;
  readonly timeout: number;
}

export type Goal =
  | { readonly type: "delete" }
  | { readonly type: "condition"; readonly name: string; readonly status: string };

const TIMEOUT_DEFAULT = "30s";

export function waitCommand(): Command {
  return placed(new Command("wait"))
    .description("Wait until objects are as they should be.")
    .argument("<object...>", "KIND/NAME")
    .requiredOption("--for <goal>", "condition=Ready, condition=Elected=True, or delete", readGoal)
    .option("--timeout <duration>", "how long, e.g. 1m", readDuration, readDuration(TIMEOUT_DEFAULT))
    .addHelpText(
      "after",
      "\nExit status: 0 it is so, 1 it is not in time.\n\nExample:\n  holdfast wait vip/web --for condition=Ready --timeout 1m",
    )
    .action((objects: readonly string[], flags: WaitFlags) => answering(() => waitForAll(objects, flags)));
}

export function readGoal(text: string): Goal {
  if (text === "delete") return { type: "delete" };
  const [, name = "", status = "True"] = /^condition=([A-Za-z]+)(?:=([A-Za-z]+))?$/.exec(text) ?? [];
  if (name === "")
    throw new InvalidArgumentError("It is delete, or condition=TYPE, or condition=TYPE=STATUS.");
  return { type: "condition", name, status };
}

async function waitForAll(words: readonly string[], flags: WaitFlags): Promise<void> {
  const signal = AbortSignal.timeout(flags.timeout);
  for (const named of readNames(words)) {
    if (named.name === "") throw new Refused("wait wants KIND/NAME");
    await waitFor(named, flags, signal);
    print(
      `${named.resource.singular}/${named.name} ${flags.for.type === "delete" ? "deleted" : "condition met"}`,
    );
  }
}

async function waitFor(named: Named, flags: WaitFlags, signal: AbortSignal): Promise<void> {
  const { resource, name } = named;
  const what = `${resource.singular}/${name}`;
  let last = "";
  try {
    if (!(await isThere(named, flags))) {
      if (flags.for.type === "delete") return;
      throw new Refused(`there is no ${what}`);
    }
    const path = `${pathOf(resource, flags.namespace, name)}?watch=true`;
    // A watch ends when the server likes; the next one begins with the object as it is then.
    while (!signal.aborted) {
      for await (const { type, object } of follow(flags.runtimeDir, path, signal)) {
        if (isMet(flags.for, String(type), object as JsonObject)) return;
        last = reasonOf(flags.for, object as JsonObject);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new Refused(`${what} is not so in time${last === "" ? "" : `: ${last}`}`);
}

async function isThere({ resource, name }: Named, { runtimeDir, namespace }: WaitFlags): Promise<boolean> {
  const { status } = await tell(runtimeDir, { method: "GET", path: pathOf(resource, namespace, name) });
  return status === 200;
}

/** As kubectl has it: what a condition says of an older generation is no answer. */
export function isMet(goal: Goal, type: string, object: JsonObject): boolean {
  if (goal.type === "delete") return type === "DELETED";
  const condition = conditionOf(goal.name, object);
  const observed =
    fieldOf(condition, "observedGeneration") ?? at(object, "status", "observedGeneration") ?? 0;
  const isCurrent = Number(observed) >= metadataOf(object).generation;
  return isCurrent && String(fieldOf(condition, "status")).toLowerCase() === goal.status.toLowerCase();
}

function conditionOf(name: string, object: JsonObject) {
  const conditions = at(object, "status", "conditions");
  return (isList(conditions) ? conditions : []).find(
    (each) => String(fieldOf(each, "type")).toLowerCase() === name.toLowerCase(),
  );
}

const reasonOf = (goal: Goal, object: JsonObject): string =>
  goal.type === "delete"
    ? ""
    : String(fieldOf(conditionOf(goal.name, object), "message") ?? "it does not tell");
