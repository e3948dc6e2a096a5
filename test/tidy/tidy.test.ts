/**
 * The house rules that a linter does not know, as tests: who may import whom, what the core may touch, how long a file
 * may grow, and that each file says what it is for.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { it } from "node:test";

/** Each layer may import itself and those before it in the list. `adapter` and what follows it have rules of their own. */
const PURE = ["net", "resource", "object", "vrrp", "health", "nginx", "plan"];
const SHELL = ["store", "source", "probe", "notify", "reconcile", "speaker", "api"];
/** These three know nothing of each other, nor of the resources: they can be read, tested and reused alone. */
const INDEPENDENT = ["vrrp", "health", "nginx"];

function mayImport(layer: string): readonly string[] {
  if (INDEPENDENT.includes(layer)) return ["net"];
  const pureIndex = PURE.indexOf(layer);
  if (pureIndex >= 0) return PURE.slice(0, pureIndex);
  if (layer === "port") return PURE;
  const shellIndex = SHELL.indexOf(layer);
  if (shellIndex >= 0) return [...PURE, "port", ...SHELL.slice(0, shellIndex)];
  if (layer === "adapter") return [...PURE, "port"];
  if (layer === "wiring") return [...PURE, "port", ...SHELL, "adapter"];
  if (layer === "lab") return [...PURE, "port", "api"];
  if (layer === "cli") return [...PURE, "port", ...SHELL, "wiring", "lab"];
  throw new Error(`controller/${layer} is not a known layer`);
}

const FORBIDDEN_IN_PURE =
  /\b(setTimeout|setInterval|setImmediate|Date|performance|console|Math\.random|async|await)\b|(?<![.\w])process\./;
const LINES_MAX = 300;
/** Started as processes of their own, beside the command line. */
const PROGRAMS = ["lab/client-probe.ts"];

const root = `${process.cwd()}/controller`;
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, layer: path.split("/")[0] ?? "", text: readFileSync(`${root}/${path}`, "utf8") }));

it("each layer imports only the layers below it", () => {
  for (const { path, layer, text } of files) {
    const allowed = [layer, ...mayImport(layer)];
    const depth = path.split("/").length - 1;
    for (const [, ups = "", target = ""] of text.matchAll(/(?:from|import\() ?"((?:\.\.\/)+)(\w+)\//g)) {
      if (ups.length / 3 < depth) continue;
      assert.ok(allowed.includes(target), `${path} must not import from ${target}/`);
    }
  }
});

it("no adapter imports another, but for the libc bindings and process watching that they share", () => {
  const shared = ["libc", "process"];
  for (const { path, text } of files.filter(({ layer }) => layer === "adapter")) {
    const own = path.split("/")[1] ?? "";
    for (const [, target = ""] of text.matchAll(/from "\.\.\/(\w+)\//g)) {
      assert.ok(target === own || shared.includes(target), `${path} must not import adapter/${target}`);
    }
  }
});

it("the core knows no clock, no process, no chance and no waiting", () => {
  for (const { path, text } of files.filter(({ layer }) => PURE.includes(layer))) {
    const code = text
      .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
      .replaceAll(/"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '""');
    assert.doesNotMatch(code, FORBIDDEN_IN_PURE, path);
    assert.doesNotMatch(text, /from "node:/, path);
  }
});

it("each file opens by saying what it is for, and stays short", () => {
  for (const { path, text } of files) {
    assert.match(text, /^(#!.*\n)?\/\*\*/, `${path} has no opening comment`);
    assert.ok(text.split("\n").length <= LINES_MAX + 1, `${path} is longer than ${LINES_MAX} lines`);
  }
});

it("only the command line ends the process, and nothing is exported as default", () => {
  for (const { path, layer, text } of files) {
    // With the path instead of the whole text, which would fill the screen.
    const isProgram = layer === "cli" || PROGRAMS.includes(path);
    assert.ok(isProgram || !text.includes("process.exit("), `${path} must not end the process`);
    assert.ok(!text.includes("export default"), `${path} has a default export`);
  }
});

it("only what makes certificates has the library for them, and is loaded when it is needed", () => {
  const maker = "adapter/certificates/certificate.ts";
  for (const { path, text } of files) {
    const isFree = path === maker || !/["'](@peculiar\/|reflect-metadata)/.test(text);
    assert.ok(isFree, `${path} must leave it to ${maker}`);
    const waits = !/^(import|export) (?!type )[^;]*\/certificate\.ts"/m.test(text);
    assert.ok(waits, `${path} must import ${maker} when it makes a certificate, and not before`);
  }
});

it("imports do not go round in a circle", () => {
  const imports = new Map(files.map(({ path, text }) => [path, importsOf(path, text)]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (done.has(path)) return;
    assert.ok(
      !trail.includes(path),
      `import circle: ${[...trail.slice(trail.indexOf(path)), path].join(" -> ")}`,
    );
    for (const next of imports.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
});

function importsOf(path: string, text: string): string[] {
  const directory = path.split("/").slice(0, -1);
  return [...text.matchAll(/from "(\.[^"]+)"/g)].map(([, target = ""]) => {
    const parts = [...directory];
    for (const step of target.split("/")) {
      if (step === "..") parts.pop();
      else if (step !== ".") parts.push(step);
    }
    return parts.join("/");
  });
}
