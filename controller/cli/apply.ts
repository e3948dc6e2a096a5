/** `holdfast apply` and `holdfast diff`: server-side apply of files to the agent on this machine. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { execa } from "execa";
import { stringify } from "yaml";
import { type Told, tell } from "../api/object-client.ts";
import { at } from "../object/tree.ts";
import type { JsonObject } from "../resource/json-schema.ts";
import { answering, print, Refused } from "./answering.ts";
import { readObjects, type Sent } from "./object-files.ts";
import { pathOf } from "./object-names.ts";
import { forFiles, type Place, placed, warn, withoutBooks } from "./objects.ts";

/** As whom the fields are owned. */
const MANAGER = "holdfast";

interface ApplyFlags extends Place {
  readonly filename: readonly string[];
  readonly dryRun: boolean;
  readonly forceConflicts: boolean;
}

export function applyCommand(): Command {
  return forFiles(placed(new Command("apply")))
    .description("Make the objects of the agent on this machine what the files say.")
    .option("--force-conflicts", "take over fields that somebody else has set", false)
    .addHelpText(
      "after",
      "\nExamples:\n  holdfast apply -f manifests/\n  holdfast apply -f web.yaml --dry-run",
    )
    .action((flags: ApplyFlags) => answering(() => apply(flags)));
}

async function apply(flags: ApplyFlags): Promise<void> {
  for (const sent of await filesOf(flags)) {
    const live = await liveOf(sent, flags);
    const { status, body, warnings } = await applied(sent, flags, flags.dryRun);
    warn(warnings);
    const name = `${sent.resource.singular}/${sent.name}`;
    if (status >= 400) {
      process.stderr.write(`holdfast: ${name}: ${String(at(body, "message"))}\n`);
      process.exitCode = 1;
    } else print(`${name} ${outcomeOf(live, body)}${flags.dryRun ? " (dry run)" : ""}`);
  }
}

async function filesOf({ filename }: ApplyFlags): Promise<readonly Sent[]> {
  if (filename.length === 0) throw new Refused("which files? Name them with -f");
  return await readObjects(filename);
}

function outcomeOf(live: JsonObject | null, next: JsonObject): string {
  if (live === null) return "created";
  const version = (object: JsonObject): unknown => at(object, "metadata", "generation");
  return version(live) === version(next) ? "unchanged" : "configured";
}

const placeOf = ({ resource, namespace, name }: Sent, flags: ApplyFlags): string =>
  pathOf(resource, namespace || flags.namespace, name);

function applied(sent: Sent, flags: ApplyFlags, isDryRun: boolean): Promise<Told> {
  const query = `fieldManager=${MANAGER}&fieldValidation=Strict&force=${flags.forceConflicts}${isDryRun ? "&dryRun=All" : ""}`;
  return tell(flags.runtimeDir, {
    method: "PATCH",
    path: `${placeOf(sent, flags)}?${query}`,
    contentType: "application/apply-patch+yaml",
    body: sent.object,
  });
}

/** null: it is not there. */
async function liveOf(sent: Sent, flags: ApplyFlags): Promise<JsonObject | null> {
  const { status, body } = await tell(flags.runtimeDir, { method: "GET", path: placeOf(sent, flags) });
  if (status === 404) return null;
  if (status >= 400) throw new Refused(String(at(body, "message")));
  return body;
}

export function diffCommand(): Command {
  return forFiles(placed(new Command("diff")))
    .description("Show what apply would change, and what this node would do.")
    .option("--force-conflicts", "as apply would be told", false)
    .addHelpText(
      "after",
      "\nExit status: 0 nothing differs, 1 something does, 2 it cannot be said.\n\nExample:\n  holdfast diff -f manifests/",
    )
    .action((flags: ApplyFlags) => answering(() => diff(flags), { status: 2 }));
}

async function diff(flags: ApplyFlags): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-diff-"));
  try {
    for (const sent of await filesOf(flags)) {
      const [live, told] = [await liveOf(sent, flags), await applied(sent, flags, true)];
      if (told.status >= 400)
        throw new Refused(`${sent.resource.singular}/${sent.name}: ${String(at(told.body, "message"))}`);
      warn(told.warnings);
      await printDifference(directory, sent, live, told.body);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** By diff(1), which everybody reads. */
async function printDifference(
  directory: string,
  sent: Sent,
  live: JsonObject | null,
  next: JsonObject,
): Promise<void> {
  const text = (object: JsonObject | null): string =>
    object === null ? "" : stringify(withoutBooks(object));
  const files = [join(directory, "live"), join(directory, "next")] as const;
  writeFileSync(files[0], text(live));
  writeFileSync(files[1], text(next));
  const label = `${sent.resource.singular}/${sent.name}`;
  const labels = ["--label", `${label} (now)`, "--label", `${label} (after apply)`];
  const { stdout, exitCode, stderr } = await execa("diff", ["-u", ...labels, ...files], { reject: false });
  if (exitCode === 1) {
    print(stdout);
    process.exitCode = 1;
  } else if (exitCode !== 0) throw new Refused(`diff cannot be run: ${stderr}`);
}
