#!/usr/bin/env node
/**
 * The program `holdfast`: from the packed file where it holds the command, else from the modules. The build packs it, too, as
 * CommonJS: Node.js then starts without its loader of ES modules, which takes a twentieth of the time.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPacked, packOf } from "./packed.ts";

const BUILD = fileURLToPath(new URL("../..", import.meta.url));

/** 128 and the number of SIGPIPE, as shells report a program whose reader has gone (`| head`). */
const READER_GONE = 141;
// A lab that is being built or shown must be taken down first, and sees to that itself.
if (process.argv[2] !== "lab") {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(READER_GONE);
  });
}

// A rejection is a bug, and ends the process as an exception does.
void start();

async function start(): Promise<void> {
  const pack = packOf(process.argv[2]);
  const { run } = (pack === null ? null : loadPacked(BUILD, pack)) ?? (await import("./commands.ts"));
  await run(readVersion(), process.argv);
}

function readVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
