/** Looks up what this node is to do, from the store and the files that its resources name. */
import { concerns } from "../plan/concern.ts";
import type { DesiredNode, Surroundings } from "../plan/desired.ts";
import type { Drain } from "../plan/drain.ts";
import { resolve } from "../plan/resolve.ts";
import { passwordFiles } from "../plan/routers.ts";
import type { CheckStanding } from "../plan/seen.ts";
import type { ResourceStore } from "../port/resource-store.ts";
import type { SecretFile, SecretFiles } from "../port/secret-files.ts";
import { hasKey, keyOf, type Resource, type ResourceOf } from "../resource/meta.ts";
import { isSame } from "../resource/same.ts";
import type { StoredResource } from "../resource/stored.ts";

export interface DesiredParts {
  readonly node: string;
  readonly namespace: string;
  readonly store: ResourceStore;
  readonly secrets: SecretFiles;
  readonly standings: () => ReadonlyMap<string, CheckStanding>;
  readonly nginx: { readonly statusSocket: string; readonly runtimeDir: string };
  readonly drain: Drain | null;
}

export interface Looked {
  readonly resources: readonly Resource[];
  readonly desired: DesiredNode;
}

/** What the node would have to do if these were all that there is. */
export async function desiredOf(
  all: readonly Resource[],
  parts: Omit<DesiredParts, "store">,
): Promise<Looked> {
  const resources = all.filter(isIn(parts.namespace));
  return { resources, desired: resolve(resources, await surroundingsOf(secretsOf(resources), parts)) };
}

const secretsOf = (resources: readonly Resource[]): readonly string[] =>
  passwordFiles(resources.filter(isVirtualIP));

/** `files`: those that hold passwords. */
async function surroundingsOf(
  files: readonly string[],
  { node, nginx, drain, secrets, standings }: Omit<DesiredParts, "store">,
): Promise<Surroundings> {
  const passwords = new Map<string, SecretFile>();
  for (const path of files) passwords.set(path, await secrets.read(path));
  return { node, passwords, verdicts: standings(), nginx, drain };
}

/**
 * Answers anew only what is another question: after each change several ask the same, and where there are thousands of objects
 * the answer costs more than to see that. Password files are read each time.
 */
export class DesiredMemory {
  #all: readonly Resource[] = [];
  #secrets: readonly string[] = [];
  #stored: readonly StoredResource[] = [];
  #last: { readonly surroundings: Surroundings; readonly desired: DesiredNode } | null = null;

  async lookUp(parts: DesiredParts): Promise<Looked> {
    const stored = await parts.store.list();
    // A store answers with the same list as long as nothing has changed.
    if (stored !== this.#stored) this.#take(stored, parts);
    const resources = this.#all;
    const surroundings = await surroundingsOf(this.#secrets, parts);
    // Another list may have come while the files were read.
    if (
      resources === this.#all &&
      this.#last !== null &&
      isSameSurroundings(this.#last.surroundings, surroundings)
    )
      return { resources, desired: this.#last.desired };
    const looked = { resources, desired: resolve(resources, surroundings) };
    if (resources === this.#all) this.#last = { surroundings, desired: looked.desired };
    return looked;
  }

  #take(stored: readonly StoredResource[], { node, namespace }: DesiredParts): void {
    const before = this.#all;
    this.#stored = stored;
    this.#all = stored.map(({ resource }) => resource).filter(isIn(namespace));
    this.#secrets = secretsOf(this.#all);
    if (this.#last !== null && !isUnconcerned(node, before, this.#all, this.#last.desired)) this.#last = null;
  }
}

/** Whether the node does the same as before: the same objects are there, and those that have changed do not concern it. */
export function isUnconcerned(
  node: string,
  before: readonly Resource[],
  now: readonly Resource[],
  desired: DesiredNode,
): boolean {
  return (
    before.length === now.length &&
    now.every((resource, index) => {
      const former = before[index];
      if (former === resource) return true;
      if (former === undefined || !hasKey(former, keyOf(resource))) return false;
      return !concerns(former, node, desired) && !concerns(resource, node, desired);
    })
  );
}

function isSameSurroundings(one: Surroundings, other: Surroundings): boolean {
  const { passwords, verdicts, ...rest } = one;
  const { passwords: otherPasswords, verdicts: otherVerdicts, ...otherRest } = other;
  // A Map is not compared by what is in it.
  return (
    isSame(rest, otherRest) &&
    isSame([...passwords], [...otherPasswords]) &&
    isSame([...verdicts], [...otherVerdicts])
  );
}

const isIn =
  (namespace: string) =>
  ({ metadata }: Resource): boolean =>
    metadata.namespace === namespace;

const isVirtualIP = (resource: Resource): resource is ResourceOf<"VirtualIP"> =>
  resource.kind === "VirtualIP";
