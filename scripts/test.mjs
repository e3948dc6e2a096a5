/** Runs the suites named on the command line, or `all` but soak; or test files. Usage: node scripts/test.mjs all|pure|contract|lab|soak|FILE ... */
import { join } from "node:path";
import { ROOT, runFiles, runSuite, SUITES } from "./suites.mjs";

const named = process.argv.slice(2);
if (named.length > 0 && named.every((name) => name.endsWith(".test.ts"))) {
  const built = named.map((name) => join(ROOT, "dist", name.replace(/\.ts$/, ".js")));
  process.exit(runFiles("these files", built, 1) ? 0 : 1);
}
const names = named.includes("all") || named.length === 0 ? Object.keys(SUITES) : named;
const unknown = names.filter((name) => name !== "soak" && !(name in SUITES));
if (unknown.length > 0) {
  process.stderr.write(`unknown suite ${unknown.join(", ")}; there are ${Object.keys(SUITES).join(", ")}\n`);
  process.exit(2);
}

const failed = [];
for (const name of names) {
  const start = process.hrtime.bigint();
  process.stdout.write(`\n== ${name} ==\n`);
  if (!runSuite(name)) failed.push(name);
  const seconds = Number((process.hrtime.bigint() - start) / 1_000_000_000n);
  process.stdout.write(`== ${name}: ${failed.includes(name) ? "FAILED" : "passed"} in ${seconds} s ==\n`);
}
process.exit(failed.length === 0 ? 0 : 1);
