/**
 * Writes what follows from the schemas in controller/resource: the CRDs, the editors' JSON Schema and the field tables
 * of the guides. `--check` writes nothing and names the files that are not current.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedFiles } from "./generated-files.ts";

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function main(isCheck: boolean): void {
  // npm runs its scripts in the root of the project.
  const root = process.cwd();
  const files = generatedFiles((path) => textOf(join(root, path)) ?? "");
  const stale = [...files].filter(([path, text]) => textOf(join(root, path)) !== text);
  if (isCheck) {
    for (const [path] of stale) process.stderr.write(`${path} is not current: run npm run generate\n`);
    process.exitCode = stale.length === 0 ? 0 : 1;
    return;
  }
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    process.stdout.write(`wrote ${path}\n`);
  }
  if (stale.length === 0) process.stdout.write("all generated files are current\n");
}

main(process.argv.includes("--check"));
