/** Laws of a source of manifests: what holds after any history of edits. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { planSource, type SourcePlan } from "../../controller/plan/source.ts";
import type { ResourceStore } from "../../controller/port/resource-store.ts";
import { memoryStore } from "../support/memory-store.ts";
import { from, putOf } from "../support/stored-manifests.ts";
import { testApplier } from "../support/test-applier.ts";
import { checkToys, parseToy } from "../support/toy-manifests.ts";

const SOURCE = "directory:/manifests";
const PATHS = ["a.yaml", "b.yaml", "sub/c.yaml", "d.yaml"] as const;
type Files = ReadonlyMap<string, string>;

interface Edit {
  readonly path: string;
  /** null removes the file. */
  readonly text: string | null;
}

/** Names and paths are few, so that they meet. */
const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constantFrom("web", "db", "mail", "ftp"), fc.nat(6)).map(([a, b]) => `${a} ${b}`),
  },
  { weight: 2, arbitrary: fc.constantFrom("web 1 db", "db 2 mail", "mail 3 ftp", "nfs 4 foreign") },
  { weight: 1, arbitrary: fc.constantFrom("???", "foreign 5") },
);
const edit: fc.Arbitrary<Edit> = fc.record({
  path: fc.constantFrom(...PATHS),
  text: fc.option(
    fc.array(line, { maxLength: 3 }).map((lines) => lines.join("\n")),
    { freq: 5 },
  ),
});
const history = fc.array(edit, { maxLength: 12 });

it("after any history, each file has in the store its newest content or an older one, whole; gone files have nothing", () =>
  law(async (edits) => {
    const past = new Past();
    await replay(edits, async ({ files, store, plan }) => {
      past.note(files);
      const rejected = filesOf(plan);
      for (const path of PATHS) {
        const kept = await contentOf(store, path);
        const isRight = rejected.has(path)
          ? past.has(path, kept)
          : kept === said(path, files.get(path) ?? "");
        assert.ok(isRight, `${path} has "${kept}"`);
      }
    });
  }));

it("a broken edit changes nothing of the files that were good before", () =>
  law(async (edits) => {
    let good = new Map<string, string>();
    await replay(edits, async ({ edit: { path }, store, plan }) => {
      const rejected = filesOf(plan);
      const now = await contents(store);
      const others = [...good].filter(([other]) => rejected.has(path) && other !== path);
      for (const [other, content] of others) assert.equal(now.get(other), content, other);
      good = new Map([...now].filter(([each]) => !rejected.has(each)));
    });
  }));

it("nothing of another source is touched", () =>
  law(async (edits) => {
    await replay(edits, async ({ store, foreign }) => {
      const now = (await store.list()).filter(({ provenance }) => provenance.source !== SOURCE);
      assert.deepEqual(now, foreign);
    });
  }));

it("a plan carried out leaves nothing to plan, and says the same again", () =>
  law(async (edits) => {
    await replay(edits, async ({ files, store, plan }) => {
      const again = await planOf(files, store);
      assert.deepEqual(again.actions, []);
      assert.deepEqual(again.rejections, plan.rejections);
      assert.equal(again.resources, plan.resources);
    });
  }));

it("the order in which the files are listed is no matter", () =>
  law(async (edits) => {
    await replay(edits, async ({ files, store }) => {
      const reversed = new Map([...files].reverse());
      const { settled: _one, ...plan } = await planOf(files, store);
      const { settled: _other, ...reversedPlan } = await planOf(reversed, store);
      assert.deepEqual(reversedPlan, plan);
    });
  }));

const filesOf = ({ rejections }: SourcePlan): Set<string> => new Set(rejections.map(({ file }) => file));

/** What each file has said since it was last created. */
class Past {
  readonly #contents = new Map<string, Set<string>>();

  note(files: Files): void {
    for (const path of this.#contents.keys()) if (!files.has(path)) this.#contents.delete(path);
    for (const [path, text] of files) {
      this.#contents.set(path, (this.#contents.get(path) ?? new Set([""])).add(said(path, text)));
    }
  }

  has(path: string, content: string): boolean {
    return this.#contents.get(path)?.has(content) ?? content === "";
  }
}

interface Moment {
  readonly edit: Edit;
  readonly files: Files;
  readonly store: ResourceStore;
  readonly plan: SourcePlan;
  readonly foreign: unknown;
}

async function law(claim: (edits: readonly Edit[]) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(history, claim), { numRuns: 300 });
}

/** Applies one edit after the other, as the agent does, and calls back after each. */
async function replay(edits: readonly Edit[], check: (moment: Moment) => Promise<void>): Promise<void> {
  const store = memoryStore();
  const [theirs] = parseToy("theirs.yaml", "foreign 5").manifests;
  assert.ok(theirs !== undefined);
  await store.write([putOf(theirs.manifest, from("theirs.yaml", 1, "git:lb"))]);
  const foreign = await store.list();
  const files = new Map<string, string>();
  for (const edit of edits) {
    if (edit.text === null) files.delete(edit.path);
    else files.set(edit.path, edit.text);
    const plan = await planOf(files, store);
    await store.write(plan.actions.map(({ write }) => write));
    await check({ edit, files, store, plan, foreign });
  }
}

async function planOf(files: Files, store: ResourceStore): Promise<SourcePlan> {
  return planSource({
    source: SOURCE,
    files: [...files].map(([path, text]) => ({ path, ...parseToy(path, text) })),
    stored: await store.list(),
    checkTogether: (manifests) => checkToys(manifests).rejections,
    applier: testApplier(),
    settled: new Map(),
  });
}

/** What a file says, in a form that does not depend on the order of its lines. */
const said = (path: string, text: string): string => {
  const { manifests } = parseToy(path, text);
  if (manifests.length === 0) return "";
  return JSON.stringify(
    manifests
      .map(({ manifest: { metadata, spec } }) => [metadata.name, metadata.labels ?? null, spec])
      .sort(),
  );
};

async function contents(store: ResourceStore): Promise<Map<string, string>> {
  return new Map(await Promise.all(PATHS.map(async (path) => [path, await contentOf(store, path)] as const)));
}

async function contentOf(store: ResourceStore, path: string): Promise<string> {
  const own = (await store.list()).filter(
    ({ provenance }) => provenance.source === SOURCE && provenance.file === path,
  );
  if (own.length === 0) return "";
  return JSON.stringify(
    own.map(({ resource: { metadata, spec } }) => [metadata.name, metadata.labels ?? null, spec]).sort(),
  );
}
