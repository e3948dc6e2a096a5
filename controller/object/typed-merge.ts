/** An applied configuration laid over the live object: what it says replaces, what it does not say stays. */
import { unreachable } from "../net/unreachable.ts";
import { isList, isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { itemElement, itemsByElement } from "./list-items.ts";
import type { ListType, MapType, MergeType } from "./merge-type.ts";
import type { PathElement } from "./path-element.ts";
import { fieldOf, objectOf } from "./tree.ts";
import { isAtomic, typeOfField } from "./typed-fields.ts";

/** One of the two may be missing; null is said, and differs from what is missing. */
export function mergeTyped(type: MergeType, live: Json | undefined, applied: Json | undefined): Json {
  if (isReplaced(type, live, applied)) return (applied === undefined ? live : applied) ?? null;
  switch (type.type) {
    case "scalar":
      return applied ?? null;
    case "map":
      return mergeMaps(type, isObject(live) ? live : {}, isObject(applied) ? applied : {});
    case "list":
      return mergeLists(type, isList(live) ? live : [], isList(applied) ? applied : []);
    default:
      return unreachable(type);
  }
}

/** Not looked into: scalars, what is atomic, and what is empty on both sides, since null and {} and [] are to stay what they are. */
export function isReplaced(type: MergeType, one: Json | undefined, other: Json | undefined): boolean {
  return type.type === "scalar" || isAtomic(type) || (isHollow(type, one) && isHollow(type, other));
}

function isHollow(type: ListType | MapType, value: Json | undefined): boolean {
  if (type.type === "list") return !isList(value) || value.length === 0;
  return !isObject(value) || Object.keys(value).length === 0;
}

function mergeMaps(type: MapType, live: JsonObject, applied: JsonObject): JsonObject {
  const names = new Set([...Object.keys(live), ...Object.keys(applied)]);
  return objectOf(
    [...names].map((name) => [
      name,
      mergeTyped(typeOfField(type, name), fieldOf(live, name), fieldOf(applied, name)),
    ]),
  );
}

function mergeLists(type: ListType, live: readonly Json[], applied: readonly Json[]): Json[] {
  const liveItems = itemsByElement(type, live);
  const appliedItems = itemsByElement(type, applied);
  const liveElements = elementsOf(type, live);
  const places = mergeOrder(liveElements, elementsOf(type, applied));
  return places.map(({ element, liveIndex }) => {
    if (liveIndex !== null) return live[liveIndex] ?? null;
    const [before, ...more] = liveItems.get(element) ?? [];
    // Of items that stand twice it cannot be said which one is meant.
    return mergeTyped(type.items, more.length > 0 ? undefined : before, appliedItems.get(element)?.[0]);
  });
}

const elementsOf = (type: ListType, list: readonly Json[]): PathElement[] =>
  list.map((item) => {
    const read = itemElement(type, item);
    return "problem" in read ? "" : read.element;
  });

interface Place {
  readonly element: PathElement;
  /** For an item that only the live list has. */
  readonly liveIndex: number | null;
}

/** As it is applied; what only the live list has keeps its place between the items that both have. */
function mergeOrder(live: readonly PathElement[], applied: readonly PathElement[]): readonly Place[] {
  const inApplied = new Set(applied);
  const nextShared = nextSharedIn(applied, new Set(live));
  const places: Place[] = [];
  let index = 0;
  const takeLiveUntil = (stop: (element: PathElement) => boolean): void => {
    for (; index < live.length; index += 1) {
      const element = live[index] ?? "";
      if (stop(element)) return;
      if (!inApplied.has(element)) places.push({ element, liveIndex: index });
    }
  };
  for (const [place, element] of applied.entries()) {
    const next = nextShared[place];
    takeLiveUntil((other) => other === next || (next === undefined && inApplied.has(other)));
    places.push({ element, liveIndex: null });
    // Past what was just placed, or after the last shared item past what was placed before.
    if (live[index] === element || next === undefined) index += 1;
  }
  takeLiveUntil(() => false);
  return places;
}

/** For each of `applied`, the first from there on that the live list has, too. */
function nextSharedIn(
  applied: readonly PathElement[],
  inLive: ReadonlySet<PathElement>,
): readonly (PathElement | undefined)[] {
  let next: PathElement | undefined;
  return applied
    .toReversed()
    .map((element) => {
      if (inLive.has(element)) next = element;
      return next;
    })
    .toReversed();
}
