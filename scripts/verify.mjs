/** The fast loop: types, lint and format, generated files current, pure tests. What is green here may be committed. */
import { spawnSync } from "node:child_process";
import { ROOT, runSuite } from "./suites.mjs";

const steps = [
  ["types", () => run("npx", ["--no-install", "tsc", "-p", "."])],
  ["packed commands", () => run(process.execPath, ["dist/scripts/pack.js"])],
  ["lint and format", () => run("npx", ["--no-install", "biome", "check", "--error-on-warnings", "."])],
  ["generated files", () => run(process.execPath, ["dist/scripts/generate.js", "--check"])],
  ["pure tests", () => runSuite("pure")],
];

for (const [name, step] of steps) {
  const start = process.hrtime.bigint();
  const passed = step();
  const seconds = (Number(process.hrtime.bigint() - start) / 1e9).toFixed(1);
  process.stdout.write(`${passed ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
  if (!passed) process.exit(1);
}

function run(command, args) {
  return spawnSync(command, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}
