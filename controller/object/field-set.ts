/**
 * A set of the places in an object, as a tree: what somebody owns, what has changed. A place is in it or not by itself; that
 * `.spec.vrrp` is in it says nothing of what is below.
 */
import { compareElements, type Path, type PathElement } from "./path-element.ts";

/** There is no node without a member at it or below it. */
export type FieldSet = ReadonlyMap<PathElement, FieldNode>;

export interface FieldNode {
  readonly isMember: boolean;
  readonly below: FieldSet;
}

export const NO_FIELDS: FieldSet = new Map();

export const isEmptySet = (set: FieldSet): boolean => set.size === 0;

/** The root itself is never in a set. */
export function fieldSetOf(paths: Iterable<Path>): FieldSet {
  const roots: BranchMap = new Map();
  for (const path of paths) {
    let level = roots;
    for (const [index, element] of path.entries()) {
      const branch = level.get(element) ?? { isMember: false, below: new Map() };
      level.set(element, branch);
      branch.isMember ||= index === path.length - 1;
      level = branch.below;
    }
  }
  return roots;
}

/** A set while it is built. */
type BranchMap = Map<PathElement, { isMember: boolean; below: BranchMap }>;

export const union = (one: FieldSet, other: FieldSet): FieldSet =>
  combined(one, other, (inOne, inOther) => inOne || inOther);

export const intersection = (one: FieldSet, other: FieldSet): FieldSet =>
  combined(one, other, (inOne, inOther) => inOne && inOther);

export const difference = (one: FieldSet, other: FieldSet): FieldSet =>
  combined(one, other, (inOne, inOther) => inOne && !inOther);

function combined(
  one: FieldSet,
  other: FieldSet,
  isKept: (inOne: boolean, inOther: boolean) => boolean,
): FieldSet {
  const result = new Map<PathElement, FieldNode>();
  for (const element of new Set([...one.keys(), ...other.keys()])) {
    const [left, right] = [one.get(element) ?? NOTHING, other.get(element) ?? NOTHING];
    const node = {
      isMember: isKept(left.isMember, right.isMember),
      below: combined(left.below, right.below, isKept),
    };
    if (node.isMember || node.below.size > 0) result.set(element, node);
  }
  return result;
}

const NOTHING: FieldNode = { isMember: false, below: NO_FIELDS };

/** Without the places of `roots` and everything below them. */
export function withoutBranches(set: FieldSet, roots: FieldSet): FieldSet {
  const result = new Map<PathElement, FieldNode>();
  for (const [element, node] of set) {
    const root = roots.get(element) ?? NOTHING;
    const below = withoutBranches(node.below, root.below);
    if (!root.isMember && (node.isMember || below.size > 0)) result.set(element, { ...node, below });
  }
  return result;
}

export function hasPath(set: FieldSet, path: Path): boolean {
  let node: FieldNode | undefined = { isMember: false, below: set };
  for (const element of path) node = node?.below.get(element);
  return node?.isMember ?? false;
}

export const isSameSet = (one: FieldSet, other: FieldSet): boolean =>
  isEmptySet(difference(one, other)) && isEmptySet(difference(other, one));

/** In the order of FieldsV1, those of one level before what is below them. */
export function pathsOf(set: FieldSet, above: Path = []): Path[] {
  const nodes = sortedNodes(set);
  const here = nodes.filter(([, { isMember }]) => isMember).map(([element]) => [...above, element]);
  return [...here, ...nodes.flatMap(([element, { below }]) => pathsOf(below, [...above, element]))];
}

/** Those that have no other above them: of an item with all its fields only the item. */
export const outermostPaths = (set: FieldSet, above: Path = []): Path[] =>
  sortedNodes(set).flatMap(([element, { isMember, below }]) =>
    isMember ? [[...above, element]] : outermostPaths(below, [...above, element]),
  );

export const sortedNodes = (set: FieldSet): readonly (readonly [PathElement, FieldNode])[] =>
  [...set].sort(([one], [other]) => compareElements(one, other));
