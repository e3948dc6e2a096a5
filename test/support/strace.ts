/** What a program does to files, and prints, as `strace` tells. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileEvent } from "./power-loss.ts";

const CALLS = "mkdir,openat,rename,lseek,write,pwrite64,writev,pwritev,fsync,fdatasync";
/** Longer than any write of a test. */
const STRING_BYTES = String(2 ** 24);

/** Runs a Node.js program to its end. Only calls of one process are told apart rightly: it starts no other. */
export function traceFiles(args: readonly string[]): FileEvent[] {
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-strace-"));
  try {
    // A file per thread, since lines of several threads in one would break each other off.
    const options = ["-ff", "-ttt", "-y", "-v", "-xx", "-s", STRING_BYTES, "-e", `trace=${CALLS}`];
    execFileSync("strace", [...options, "-o", join(scratch, "trace"), process.execPath, ...args], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const lines = readdirSync(scratch)
      .flatMap((file) => readFileSync(join(scratch, file), "latin1").split("\n"))
      .filter((line) => /^\d+\.\d+ \w+\(/.test(line))
      .sort();
    const reader = new TraceReader();
    return lines.flatMap((line) => reader.read(line));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

class TraceReader {
  /** By descriptor and path, as strace names them. */
  readonly #flushing = new Map<string, boolean>();
  readonly #offsets = new Map<string, number>();

  read(line: string): FileEvent[] {
    const [, call = "", rest = "", result = ""] = /^[\d.]+ (\w+)\((.*)\) = (.*)$/.exec(line) ?? [];
    if (call === "" || result.startsWith("-1")) return [];
    const strings = [...rest.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = ""]) => bytesOf(hex));
    const [descriptor = "", number = "", hexPath = ""] = /^(\d+)<([^>]*)>/.exec(rest) ?? [];
    const path = bytesOf(hexPath).toString();
    switch (call) {
      case "mkdir":
        return [{ type: "create", path: String(strings[0]), kind: "directory" }];
      case "openat":
        return this.#open(result, rest.includes("O_DSYNC"), rest.includes("O_CREAT"), String(strings[0]));
      case "rename":
        return [{ type: "rename", from: String(strings[0]), path: String(strings[1]) }];
      case "lseek":
        this.#offsets.set(descriptor, Number.parseInt(result, 10));
        return [];
      case "fsync":
      case "fdatasync":
        return [{ type: "flush", path }];
      default: {
        const bytes = Buffer.concat(strings);
        assert.equal(bytes.length, Number.parseInt(result, 10), `a whole write: ${line.slice(0, 200)}`);
        if (number === "1") return [{ type: "print", text: bytes.toString() }];
        const isPositioned = call.startsWith("p");
        const at = isPositioned ? Number(rest.split(", ").at(-1)) : (this.#offsets.get(descriptor) ?? 0);
        if (!isPositioned) this.#offsets.set(descriptor, at + bytes.length);
        return [{ type: "write", path, at, bytes, isFlushed: this.#flushing.get(descriptor) === true }];
      }
    }
  }

  #open(result: string, isFlushing: boolean, mayCreate: boolean, path: string): FileEvent[] {
    this.#flushing.set(result, isFlushing);
    this.#offsets.set(result, 0);
    return mayCreate ? [{ type: "create", path, kind: "file" }] : [];
  }
}

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll("\\x", ""), "hex");
