/** `holdfast get`, `describe`, `delete`: objects of the agent on this machine, where there is no kubectl. */

import { Command, Option } from "commander";
import { stringify } from "yaml";
import { tell, tellWell } from "../api/object-client.ts";
import { EVENTS } from "../object/api-resources.ts";
import { at } from "../object/tree.ts";
import { isList, type Json, type JsonObject } from "../resource/json-schema.ts";
import { DEFAULT_NAMESPACE } from "../resource/meta.ts";
import { answering, print, Refused } from "./answering.ts";
import { gather } from "./gather.ts";
import { readObjects } from "./object-files.ts";
import { type Named, pathOf, readNames } from "./object-names.ts";
import { DEFAULT_RUNTIME_DIR } from "./status.ts";
import { formatTable } from "./table.ts";

export interface Place {
  readonly runtimeDir: string;
  readonly namespace: string;
}

interface GetFlags extends Place {
  readonly output: "table" | "wide" | "yaml" | "json" | "name";
  readonly selector: string;
}

interface DeleteFlags extends Place {
  readonly filename: readonly string[];
  readonly dryRun: boolean;
}

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

export const placed = (command: Command): Command =>
  command
    .option("-n, --namespace <name>", "namespace of the objects", DEFAULT_NAMESPACE)
    .option("--runtime-dir <dir>", "where the agent keeps its socket", DEFAULT_RUNTIME_DIR);

export const forFiles = (command: Command): Command =>
  command
    .option(
      "-f, --filename <path>",
      "a file, a directory, or - for standard input; may be given several times",
      gather,
      [],
    )
    .option("--dry-run", "only say what would be done", false);

export function getCommand(): Command {
  return placed(new Command("get"))
    .description("Show objects: vip, pp, hc, events, nodes, all.")
    .argument("<kind>", "kind, or KIND/NAME; all stands for the three kinds")
    .argument("[name...]", "names, or more KIND/NAME")
    .addOption(
      new Option("-o, --output <format>", "how")
        .choices(["table", "wide", "yaml", "json", "name"])
        .default("table"),
    )
    .option("-l, --selector <labels>", "only those with such labels, e.g. team=a", "")
    .addHelpText(
      "after",
      "\nExamples:\n  holdfast get vip -o wide\n  holdfast get vip web -o yaml\n  holdfast get all",
    )
    .action((kind: string, names: readonly string[], flags: GetFlags) =>
      answering(() => get([kind, ...names], flags)),
    );
}

async function get(words: readonly string[], flags: GetFlags): Promise<void> {
  const names = readNames(words);
  const texts: string[] = [];
  for (const named of names) {
    const text = await shown(named, flags);
    if (text !== "") texts.push(text);
  }
  if (texts.length === 0) process.stderr.write(`No resources found in namespace ${flags.namespace}.\n`);
  else print(texts.join(flags.output === "table" || flags.output === "wide" ? "\n\n" : "\n"));
}

async function shown(
  { resource, name }: Named,
  { runtimeDir, namespace, output, selector }: GetFlags,
): Promise<string> {
  const query = selector === "" ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
  const path = `${pathOf(resource, namespace, name)}${query}`;
  const isTable = output === "table" || output === "wide";
  const { body } = await tellWell(runtimeDir, { method: "GET", path, ...(isTable ? { accept: TABLE } : {}) });
  if (isTable) return tableText(body, output === "wide");
  const items = name === "" ? listIn(body, "items") : [body];
  if (items.length === 0) return "";
  if (output === "name")
    return items.map((item) => `${resource.singular}/${String(at(item, "metadata", "name"))}`).join("\n");
  return output === "json" ? JSON.stringify(body, null, 2) : stringify(body).trimEnd();
}

const listIn = (tree: Json, ...names: readonly string[]): readonly Json[] => {
  const found = at(tree, ...names);
  return isList(found) ? found : [];
};

/** Rendered by the server, so that every client shows the same. */
function tableText(table: JsonObject, isWide: boolean): string {
  const rows = listIn(table, "rows");
  if (rows.length === 0) return "";
  const columns = listIn(table, "columnDefinitions")
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => isWide || at(column, "priority") === 0);
  const header = columns.map(({ column }) => String(at(column, "name")).toUpperCase());
  const cell = (row: Json, index: number): string => String(listIn(row, "cells")[index] ?? "<none>");
  return formatTable(
    header,
    rows.map((row) => columns.map(({ index }) => cell(row, index))),
  );
}

export function describeCommand(): Command {
  return placed(new Command("describe"))
    .description("Show one object whole, and what has happened to it.")
    .argument("<kind>", "kind, or KIND/NAME")
    .argument("[name...]", "names, or more KIND/NAME")
    .addHelpText("after", "\nExample:\n  holdfast describe vip web")
    .action((kind: string, names: readonly string[], flags: Place) =>
      answering(() => describe([kind, ...names], flags)),
    );
}

async function describe(words: readonly string[], { runtimeDir, namespace }: Place): Promise<void> {
  for (const { resource, name } of readNames(words)) {
    if (name === "") throw new Refused(`describe wants a name: holdfast describe ${resource.singular} NAME`);
    const { body } = await tellWell(runtimeDir, { method: "GET", path: pathOf(resource, namespace, name) });
    print(stringify(withoutBooks(body)).trimEnd());
    const selector = `involvedObject.kind=${resource.kind},involvedObject.name=${name}`;
    const path = `${pathOf(EVENTS, namespace, "")}?fieldSelector=${encodeURIComponent(selector)}`;
    const events = await tellWell(runtimeDir, { method: "GET", path, accept: TABLE });
    print(`\nEvents:\n${tableText(events.body, false) || "  none"}`);
  }
}

/** Without who set which field, which nobody wants to read. */
export function withoutBooks(object: JsonObject): JsonObject {
  const { metadata, ...rest } = object;
  if (typeof metadata !== "object" || metadata === null || isList(metadata)) return object;
  const { managedFields: _books, ...shownMetadata } = metadata as JsonObject;
  const { apiVersion = "", kind = "", ...content } = rest;
  return { apiVersion, kind, metadata: shownMetadata, ...content };
}

export function deleteCommand(): Command {
  return forFiles(placed(new Command("delete")))
    .description("Delete objects, named or as files name them.")
    .argument("[kind]", "kind, or KIND/NAME")
    .argument("[name...]", "names, or more KIND/NAME")
    .addHelpText("after", "\nExamples:\n  holdfast delete -f web.yaml\n  holdfast delete vip/web --dry-run")
    .action((kind: string | undefined, names: readonly string[], flags: DeleteFlags) =>
      answering(() => remove(kind === undefined ? [] : [kind, ...names], flags)),
    );
}

async function remove(words: readonly string[], flags: DeleteFlags): Promise<void> {
  const { runtimeDir, namespace, filename, dryRun } = flags;
  const files = filename.length === 0 ? [] : await readObjects(filename);
  const named = words.length === 0 ? [] : readNames(words);
  const all = [
    ...files.map((sent) => ({ ...sent, namespace: sent.namespace || namespace })),
    ...named.map((each) => ({ ...each, namespace })),
  ];
  if (all.length === 0) throw new Refused("what is to be deleted? Name files with -f, or KIND/NAME");
  for (const { resource, name, namespace: where } of all) {
    if (name === "") throw new Refused(`delete wants names: holdfast delete ${resource.singular} NAME`);
    const path = `${pathOf(resource, where, name)}${dryRun ? "?dryRun=All" : ""}`;
    const { status, body, warnings } = await tell(runtimeDir, { method: "DELETE", path });
    if (status >= 400) {
      process.stderr.write(`holdfast: ${String(at(body, "message"))}\n`);
      process.exitCode = 1;
      continue;
    }
    warn(warnings);
    print(`${resource.singular}/${name} deleted${dryRun ? " (dry run)" : ""}`);
  }
}

export function warn(warnings: readonly string[]): void {
  for (const warning of warnings) process.stderr.write(`Warning: ${warning}\n`);
}
