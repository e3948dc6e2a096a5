/** One line of docs/kubectl.md: what is asked of a kubectl, and what must come of it in the store and on its screen. */
import type { Kubectl } from "./kubectl.ts";

export interface Row {
  /** `kubectl apply --server-side`, as one would type it. */
  readonly command: string;
  /** What the test has seen, in half a sentence. */
  readonly shows: string;
  /** The first minor version of kubectl that has it; 0: all that are looked at. */
  readonly since?: number;
  /** What may surprise, for the table's notes. */
  readonly note?: string;
  /** The store is empty, and the node in service. */
  readonly run: (kubectl: Kubectl) => Promise<void>;
}

export interface Topic {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Older ones look for the word in OpenAPI v2, of which no more is served than the name. */
export const DRY_RUN_SINCE = 27;
