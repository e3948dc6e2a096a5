/** Laws of reading manifests: whatever the text is, there is an answer, and it points into the text. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { crossCheck } from "../../controller/plan/cross-check.ts";
import { type ParsedManifests, parseManifests } from "../../controller/resource/parse.ts";
import { HEALTH_CHECK, PROXY_POOL, VIRTUAL_IP } from "../support/manifest-texts.ts";

const SOUND = `${HEALTH_CHECK}---\n${VIRTUAL_IP}---\n${PROXY_POOL}`;

/** What YAML is made of, so that chance finds its corners. */
const yamlPiece = fc.constantFrom(
  ..."- |? |: |, |[|]|{|}|&a |*a|!t |!!str |<<: |\"|'||\n  |> \n|\n|  |\t|#|---\n|...\n|%YAML 1.1\n|~|\ufeff|\r\n".split(
    "|",
  ),
  "|",
  ..."a|kind: VirtualIP|spec:|metadata:|yes|017|-1|1e9|__proto__: |constructor: |toString|null".split("|"),
);
const yamlLike = fc.array(yamlPiece, { maxLength: 60 }).map((pieces) => pieces.join(""));

/** A sound file in which some pieces are replaced. */
const damaged = fc
  .array(
    fc.record({
      at: fc.nat(SOUND.length),
      length: fc.nat(12),
      piece: fc.oneof(yamlPiece, fc.string({ unit: "binary", maxLength: 8 })),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((cuts) =>
    cuts.reduce((text, { at, length, piece }) => text.slice(0, at) + piece + text.slice(at + length), SOUND),
  );

const anyText = fc.oneof(yamlLike, damaged, fc.string({ unit: "binary", maxLength: 200 }));

/** Values of all sorts at the places of a spec. */
const anySpec = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(
    fc.constantFrom(
      "http",
      "tcp",
      "exec",
      "vrrp",
      "members",
      "track",
      "notify",
      "addresses",
      "backends",
      "listeners",
    ),
    fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.array(
        fc.dictionary(fc.constantFrom("node", "port", "weight", "mail", "healthCheck"), fc.jsonValue()),
      ),
    ),
  ),
);

describe("whatever the text is", () => {
  it("reading it ends with manifests or with what is wrong with it, and never throws", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parsed = parseManifests("f", text);
        crossCheck(parsed.manifests, parsed.rejections);
        assertPlaces(parsed, text);
      }),
      { numRuns: 1500 },
    );
  });

  it("any value as a spec is read or refused", () => {
    fc.assert(
      fc.property(fc.constantFrom("HealthCheck", "VirtualIP", "ProxyPool"), anySpec, (kind, spec) => {
        const text = JSON.stringify({
          apiVersion: "holdfast.dev/v1alpha1",
          kind,
          metadata: { name: "a" },
          spec,
        });
        const { manifests, rejections } = parseManifests("f", text);
        assert.equal(manifests.length + Math.min(1, rejections.length), 1);
      }),
      { numRuns: 500 },
    );
  });

  it("each manifest that is cut off somewhere is read or refused", () => {
    for (let end = 0; end < SOUND.length; end++) {
      const { rejections, manifests } = parseManifests("f", SOUND.slice(0, end));
      assert.ok(rejections.length > 0 || manifests.length <= 3);
    }
  });
});

describe("a manifest that was taken", () => {
  it("is taken again as it was written down, and stays the same", () => {
    const folder = `${process.cwd()}/manifests`;
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".yaml"),
    );
    assert.ok(files.length >= 3);
    for (const file of files) {
      for (const { manifest } of parseManifests(file, readFileSync(`${folder}/${file}`, "utf8")).manifests) {
        const [again] = parseManifests(file, JSON.stringify(manifest)).manifests;
        assert.deepEqual(again?.manifest, manifest);
      }
    }
  });
});

/** Every place is one of the text, and every message says something. */
function assertPlaces({ manifests, rejections, warnings }: ParsedManifests, text: string): void {
  const lines = text.split("\n");
  for (const { line, column } of [...manifests, ...rejections, ...warnings]) {
    if (line === 0) continue;
    const length = lines[line - 1]?.length;
    assert.ok(length !== undefined && column >= 1 && column <= length + 1, `${line}:${column} is nowhere`);
  }
  for (const { message } of [...rejections, ...warnings]) assert.ok(message.length > 0);
}
