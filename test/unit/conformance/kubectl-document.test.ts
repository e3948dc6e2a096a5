import assert from "node:assert/strict";
import { it } from "node:test";
import { kubectlDocument } from "../../kubectl/document.ts";
import { ROWS, readTitle, titleOf } from "../../kubectl/matrix.ts";

const result = (title: string, passed = true) => ({ title, passed, diagnostics: [] });

it("a title names its row and the kubectl", () => {
  const [first] = ROWS;
  assert.ok(first !== undefined);
  assert.deepEqual(readTitle(titleOf(first, "1.33 WatchList")), { id: "K1", variant: "1.33 WatchList" });
  // Not as one text: that would be taken for a test of the row.
  assert.equal(readTitle(["E1", "something else"].join(": ")), null);
});

it("each command has a line, each kubectl a column, and what a kubectl does not have is no failure", () => {
  const create = ROWS.find(({ command }) => command === "kubectl wait --for=create");
  const [first] = ROWS;
  assert.ok(create !== undefined && first !== undefined);
  const text = kubectlDocument([
    result(titleOf(first, "1.33")),
    result(titleOf(first, "1.9"), false),
    result(titleOf(create, "1.33"), false),
  ]);
  assert.match(text, /\| Command \| Seen \| 1\.9 \| 1\.33 \|/);
  assert.match(text, /\| `kubectl apply -f` \| .* \| \*\*FAILED\*\* \| yes \|/);
  assert.match(text, /\| `kubectl wait --for=create` \| .* \| - \| \*\*FAILED\*\* \|/);
  assert.match(text, /\| `kubectl replace -f` \| .* \| not run \| not run \|/);
  assert.match(text, /`kubectl get -o yaml\\\|json/, "a bar is no end of a cell");
});
