/**
 * A spec as it is written, of which any part may be missing, since it is not sound or is left to its default: so that the rules
 * that cross fields can be asked although single fields are wrong, and the writer of a manifest learns of everything at once.
 */
import type { FieldPath } from "./complaint.ts";

export type Loose<T> = T extends readonly (infer Item)[]
  ? readonly (Loose<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Loose<T[Key]> | undefined }
    : T;

/** A copy in which what stands at `paths` is undefined. The keys stay, so that a rule sees that something was said. */
export function without(value: unknown, paths: readonly FieldPath[]): unknown {
  if (paths.length === 0) return value;
  if (paths.some((path) => path.length === 0)) return undefined;
  const below = new Map<string, FieldPath[]>();
  for (const [step = "", ...rest] of paths) {
    const key = String(step);
    below.set(key, [...(below.get(key) ?? []), rest]);
  }
  const copy = (item: unknown, key: string): unknown => without(item, below.get(key) ?? []);
  if (Array.isArray(value)) return value.map((item, index) => copy(item, String(index)));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, key)]));
}

/** The fields of `names` that are there, whatever they say, in the order of the text. */
export function present<Name extends string>(value: object, names: readonly Name[]): Name[] {
  return Object.keys(value).flatMap((key) => names.filter((name) => name === key));
}
