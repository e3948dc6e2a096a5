/** Looks up what this node is to do, from the store and the files that its resources name. */
import type { DesiredNode } from "../plan/desired.ts";
import type { Drain } from "../plan/drain.ts";
import { resolve } from "../plan/resolve.ts";
import { passwordFiles } from "../plan/routers.ts";
import type { CheckStanding } from "../plan/seen.ts";
import type { ResourceStore } from "../port/resource-store.ts";
import type { SecretFile, SecretFiles } from "../port/secret-files.ts";
import type { Resource, ResourceOf } from "../resource/meta.ts";

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

export async function lookUpDesired(parts: DesiredParts): Promise<Looked> {
  const stored = await parts.store.list();
  return await desiredOf(
    stored.map(({ resource }) => resource),
    parts,
  );
}

/** What the node would have to do if these were all that there is. */
export async function desiredOf(
  all: readonly Resource[],
  parts: Omit<DesiredParts, "store">,
): Promise<Looked> {
  const resources = all.filter(({ metadata }) => metadata.namespace === parts.namespace);
  const passwords = new Map<string, SecretFile>();
  for (const path of passwordFiles(resources.filter(isVirtualIP))) {
    passwords.set(path, await parts.secrets.read(path));
  }
  const { node, nginx, drain } = parts;
  const surroundings = { node, passwords, verdicts: parts.standings(), nginx, drain };
  return { resources, desired: resolve(resources, surroundings) };
}

const isVirtualIP = (resource: Resource): resource is ResourceOf<"VirtualIP"> =>
  resource.kind === "VirtualIP";
