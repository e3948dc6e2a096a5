/** The kubectls of this machine: where several versions lie beside each other, each of them. */
import { readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Without one nothing can be shown, which is a failure and no reason to skip. */
export function kubectls(): readonly string[] {
  const found = (process.env["PATH"] ?? "")
    .split(":")
    .flatMap((directory) => realPath(join(directory, "kubectl")));
  const [first] = found;
  if (first === undefined)
    throw new Error(
      "there is no kubectl in PATH: node scripts/setup.mjs test installs Debian's (kubernetes-client)",
    );
  // One that only picks another by the server's version lies beside those that it picks from.
  const versioned = readdirSync(dirname(first)).filter((name) => /^kubectl\.1\.\d+$/.test(name));
  return versioned.length === 0
    ? [first]
    : versioned.sort().map((name) => join(dirname(first), basename(name)));
}

function realPath(path: string): string[] {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
}
