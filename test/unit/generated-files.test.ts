/** The generated files in the tree are what the schemas say now. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { parseAllDocuments } from "yaml";
import { generatedFiles } from "../../scripts/generated-files.ts";

const current = (path: string): string => readFileSync(path, "utf8");
const files = generatedFiles(current);

for (const [path, text] of files) {
  it(`${path} is current`, () => {
    assert.equal(current(path), text, `${path} is not current: run npm run generate`);
  });
}

it("each kind has a CRD that is YAML without aliases, a guide, and a place in the editors' schema", () => {
  assert.deepEqual(
    [...files.keys()].sort(),
    [
      "crds/healthchecks.holdfast.dev.yaml",
      "crds/proxypools.holdfast.dev.yaml",
      "crds/virtualips.holdfast.dev.yaml",
      "docs/guides/health-check.md",
      "docs/guides/proxy-pool.md",
      "docs/guides/virtual-ip.md",
      "docs/schema/holdfast.schema.json",
    ].sort(),
  );
  for (const [path, text] of files) {
    if (!path.startsWith("crds/")) continue;
    const [document] = parseAllDocuments(text, { strict: true, uniqueKeys: true });
    assert.deepEqual(document?.errors, [], path);
    assert.doesNotMatch(text, /: [&*]a\d/, path);
  }
});

it("a guide that has lost its markers is refused, not overwritten", () => {
  assert.throws(() => generatedFiles(() => "# A guide"), /lacks the markers/);
});
