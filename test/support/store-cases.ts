/** What the cases of the resource store's contract are made of. */
import { OperationFailure } from "../../controller/port/failure.ts";
import type { ResourceStore } from "../../controller/port/resource-store.ts";
import type { StoreWrite } from "../../controller/resource/stored.ts";
import {
  type CheckOptions,
  checkKey,
  checkManifest,
  from,
  type Identity,
  putOf,
} from "./stored-manifests.ts";

export interface StoreHost {
  /** A store that holds nothing. */
  open(): Promise<ResourceStore>;
  /** Ends the process that keeps the store, as far as the store can tell, and starts the next on what was kept. */
  reopen(store: ResourceStore): Promise<ResourceStore>;
}

/** Without `ifVersion`: whatever is there. */
export const put = (
  name: string,
  options: CheckOptions & Identity & { line?: number; ifVersion?: string | null } = {},
): StoreWrite => ({
  ...putOf(checkManifest(name, options), from("a.yaml", options.line ?? 1), options),
  ...(options.ifVersion === undefined ? {} : { ifVersion: options.ifVersion }),
});
export const remove = (name: string): StoreWrite => ({ type: "delete", key: checkKey(name) });
export async function names(store: ResourceStore): Promise<string[]> {
  return (await store.list()).map(({ resource: { metadata } }) => metadata.name);
}

export const refusal = (code: string) => (error: unknown) =>
  error instanceof OperationFailure && error.detail.code === code;
