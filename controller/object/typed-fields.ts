/** Which places an object says something of: what whoever applies it will own. */
import { isList, isObject, type Json } from "../resource/json-schema.ts";
import { type FieldNode, type FieldSet, NO_FIELDS } from "./field-set.ts";
import { itemsByElement } from "./list-items.ts";
import { ANYTHING, type ListType, type MapType, type MergeType } from "./merge-type.ts";
import { fieldElement, fieldNameIn, type PathElement } from "./path-element.ts";

export const fieldsIn = (type: MergeType, value: Json): FieldSet => nodeOf(type, value).below;

function nodeOf(type: MergeType, value: Json): FieldNode {
  if (type.type === "scalar" || isAtomic(type)) return LEAF;
  if (type.type === "list")
    return { isMember: false, below: isList(value) ? itemNodes(type, value) : NO_FIELDS };
  return { isMember: false, below: isObject(value) ? fieldNodes(type, value) : NO_FIELDS };
}

const LEAF: FieldNode = { isMember: true, below: NO_FIELDS };

/** Replaced as a whole. */
export const isAtomic = (type: ListType | MapType): boolean =>
  type.type === "list" ? type.identity === "atomic" : type.isAtomic;

/** The item itself is owned, too: its last owner takes it away. Items that stand twice are owned only as a whole. */
function itemNodes(type: ListType, list: readonly Json[]): FieldSet {
  const nodes = [...itemsByElement(type, list)].map(([element, [item = null, ...more]]) => {
    const node = more.length > 0 ? LEAF : { ...nodeOf(type.items, item), isMember: true };
    return [element, node] as const;
  });
  return new Map(nodes);
}

function fieldNodes(type: MapType, object: Readonly<Record<string, Json>>): FieldSet {
  const nodes = new Map<PathElement, FieldNode>();
  for (const [name, value] of Object.entries(object)) {
    const node = nodeOf(typeOfField(type, name), value);
    const isEmpty = value === null || (isObject(value) && Object.keys(value).length === 0);
    // An entry of a map is there because somebody put it there; a field of the schema has its place anyway.
    const isMember = node.isMember || isEmpty || !type.fields.has(name);
    if (isMember || node.below.size > 0) nodes.set(fieldElement(name), { ...node, isMember });
  }
  return nodes;
}

export const typeOfField = ({ fields, others }: MapType, name: string): MergeType =>
  fields.get(name) ?? others ?? ANYTHING;

/**
 * With the fields of the schema that are on the way to a member: who owns `spec.vrrp.version` and takes it away takes `spec.vrrp`
 * away with it, when nothing else is there.
 */
export function withNamedFields(type: MergeType, set: FieldSet): FieldSet {
  const nodes = [...set].map(([element, { isMember, below }]) => {
    const name = fieldNameIn(element);
    const isNamed = name !== null && type.type === "map" && type.fields.has(name) && below.size > 0;
    const inner = withNamedFields(typeBelow(type, name), below);
    return [element, { isMember: isMember || isNamed, below: inner }] as const;
  });
  return new Map(nodes);
}

function typeBelow(type: MergeType, name: string | null): MergeType {
  if (name === null) return type.type === "list" ? type.items : ANYTHING;
  return type.type === "map" ? typeOfField(type, name) : ANYTHING;
}
