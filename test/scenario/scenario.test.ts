/** Each text in this folder, played; what came of it stands under `----` and is rewritten with UPDATE_GOLDEN=1. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { it } from "node:test";
import { play } from "./play.ts";

const FOLDER = "test/scenario";
const RULE = "----\n";

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".txt"))) {
  it(name.slice(0, -4).replaceAll("-", " "), () => {
    const path = `${FOLDER}/${name}`;
    const [script = "", golden = ""] = readFileSync(path, "utf8").split(RULE);
    const seen = play(script)
      .map((line) => `${line}\n`)
      .join("");
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, `${script}${RULE}${seen}`);
    else
      assert.equal(seen, golden, `${path} (UPDATE_GOLDEN=1 rewrites it, after you have read the difference)`);
  });
}
