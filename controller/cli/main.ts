#!/usr/bin/env node
/** The program `holdfast`: from the packed file where it holds the command, else from the modules. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isQuickCommand, loadPacked } from "./packed.ts";

const BUILD = fileURLToPath(new URL("../..", import.meta.url));

const { run } =
  (isQuickCommand(process.argv[2]) ? loadPacked(BUILD) : null) ?? (await import("./commands.ts"));
await run(readVersion(), process.argv);

function readVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
