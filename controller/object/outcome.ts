/** What comes of a request to write, before anything is written; and what it is decided from. */
import type { JsonObject } from "../resource/json-schema.ts";
import type { ApiResource } from "./api-resource.ts";
import type { Refusal } from "./refusal.ts";

export type Outcome =
  /** To be stored, under a new resourceVersion. */
  | { readonly type: "create" | "update"; readonly object: JsonObject }
  /** The request asks for what is there already: no new version, no event. */
  | { readonly type: "unchanged"; readonly object: JsonObject }
  /** To be removed; `object` is its last state. */
  | { readonly type: "delete"; readonly object: JsonObject }
  | Refusal;

/** Where a request goes to, and what chance and the clock have to add. */
export interface RequestContext {
  readonly resource: ApiResource;
  /** Of the URL; empty for what has no namespace. */
  readonly namespace: string;
  /** Of the URL; empty for a POST to the collection. */
  readonly name: string;
  /** RFC 3339, to the second. */
  readonly now: string;
  /** For an object that is created. */
  readonly uid: string;
  /** For a `generateName`. */
  readonly nameSuffix: string;
}

/** The name that `generateName` makes, cut so that the whole fits a DNS label. */
export const generatedName = (base: string, suffix: string): string =>
  `${base.slice(0, NAME_MAX - suffix.length)}${suffix}`;

const NAME_MAX = 63;
