/** RFC 6902. Trees are not changed but rebuilt, so that a patch that fails half-way has done nothing. */
import { unreachable } from "../net/unreachable.ts";
import { isList, isObject, type Json } from "../resource/json-schema.ts";
import { isSame } from "../resource/same.ts";
import { childAt, indexIn, isWithin, type Pointer, parsePointer, valueAt } from "./json-pointer.ts";
import { badRequest, isRefusal, type Refusal, refuse, tooLarge } from "./refusal.ts";
import { childrenOf, fieldOf, isTooDeep, TREE_DEPTH_MAX, withField, without } from "./tree.ts";

/** As a Kubernetes API server has it. */
export const PATCH_OPERATIONS_MAX = 10_000;
/** Copies of copies grow without bounds. */
const COPIED_CHARACTERS_MAX = 1_000_000;
/** Of all containers that the operations look into or rebuild: some hundred milliseconds. */
const TOUCHED_CHILDREN_MAX = 5_000_000;

const OPERATIONS = ["add", "remove", "replace", "move", "copy", "test"] as const;

interface Operation {
  readonly op: (typeof OPERATIONS)[number];
  readonly path: Pointer;
  /** Of move and copy. */
  readonly from: Pointer;
  /** Of add, replace and test. */
  readonly value: Json;
}

export function applyJsonPatch(document: Json, patch: Json): Json | Refusal {
  if (!isList(patch)) return badRequest("error decoding patch: a JSON patch must be a list of operations");
  if (patch.length > PATCH_OPERATIONS_MAX)
    return tooLarge(
      `The allowed maximum operations in a JSON patch is ${PATCH_OPERATIONS_MAX}, got ${patch.length}`,
    );
  let tree = document;
  let effort: Effort = { touched: 0, copied: 0 };
  for (const [index, entry] of patch.entries()) {
    const operation = readOperation(entry);
    if (typeof operation === "string")
      return badRequest(`error decoding patch: operation ${index}: ${operation}`);
    effort = effortOf(effort, tree, operation);
    const next = limitProblem(effort, tree, operation) ?? perform(tree, operation);
    if (isRefusal(next)) return placed(next, index, entry);
    tree = next;
  }
  return tree;
}

/** What the operations have cost so far. */
interface Effort {
  readonly touched: number;
  readonly copied: number;
}

function effortOf({ touched, copied }: Effort, tree: Json, { op, path, from }: Operation): Effort {
  const isTransfer = op === "copy" || op === "move";
  return {
    touched: touched + childrenAlong(tree, path) + childrenAlong(tree, from),
    copied: copied + (isTransfer ? JSON.stringify(valueAt(tree, from) ?? null).length : 0),
  };
}

function childrenAlong(tree: Json, pointer: Pointer): number {
  let here: Json | undefined = tree;
  let count = childrenOf(here).length;
  for (const token of pointer) {
    here = childAt(here, token);
    count += childrenOf(here).length;
  }
  return count;
}

function limitProblem(effort: Effort, tree: Json, { op, path, from, value }: Operation): Refusal | null {
  if (effort.copied > COPIED_CHARACTERS_MAX) return impossible("copies too much");
  if (effort.touched > TOUCHED_CHILDREN_MAX) return impossible("takes too much work");
  const placedValue = op === "copy" || op === "move" ? (valueAt(tree, from) ?? null) : value;
  return isTooDeep(placedValue, path.length) ? impossible(`makes more than ${TREE_DEPTH_MAX} levels`) : null;
}

/** A text says what is wrong with the operation itself. */
function readOperation(entry: Json): Operation | string {
  if (!isObject(entry)) return "must be a mapping";
  const op = OPERATIONS.find((known) => known === fieldOf(entry, "op"));
  if (op === undefined) return `op must be one of ${OPERATIONS.join(", ")}`;
  const path = pointerIn(entry, "path");
  if (path === null) return "path must be a JSON pointer such as /spec/interface";
  const needsFrom = op === "move" || op === "copy";
  const from = needsFrom ? pointerIn(entry, "from") : [];
  if (from === null) return "from must be a JSON pointer such as /spec/interface";
  const value = fieldOf(entry, "value");
  const needsValue = op === "add" || op === "replace" || op === "test";
  if (needsValue && value === undefined) return "value is missing";
  return { op, path, from, value: value ?? null };
}

function pointerIn(entry: Json, name: "path" | "from"): Pointer | null {
  const text = fieldOf(entry, name);
  return typeof text === "string" ? parsePointer(text) : null;
}

const impossible = (why: string): Refusal => refuse(422, "Invalid", why);

/** Kubernetes says only the first half, and leaves its users to guess the rest. */
function placed({ message, ...refusal }: Refusal, index: number, entry: Json): Refusal {
  const operation = [fieldOf(entry, "op"), fieldOf(entry, "path")].join(" ");
  const opening = "the server rejected our request due to an error in our request";
  return { ...refusal, message: `${opening}: operation ${index} (${operation}): ${message}` };
}

const NOTHING_THERE = impossible("there is nothing at this place");

function perform(tree: Json, operation: Operation): Json | Refusal {
  const { op, path, from, value } = operation;
  switch (op) {
    case "add":
      return add(tree, path, value);
    case "remove":
      return remove(tree, path);
    case "replace":
      return valueAt(tree, path) === undefined ? NOTHING_THERE : edit(tree, path, value, replaceChild);
    case "move":
    case "copy":
      return transfer(tree, operation, valueAt(tree, from));
    case "test": {
      const found = valueAt(tree, path);
      if (found === undefined) return NOTHING_THERE;
      return isSame(found, value) ? tree : impossible(`test failed: the value is ${shortened(found)}`);
    }
    default:
      return unreachable(op);
  }
}

const SHOWN_MAX = 100;

function shortened(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
}

function transfer(tree: Json, { op, path, from }: Operation, moved: Json | undefined): Json | Refusal {
  if (moved === undefined) return impossible("there is nothing at the place that it is taken from");
  if (op === "copy") return add(tree, path, moved);
  if (isWithin(path, from))
    return path.length === from.length ? tree : impossible("a value cannot be moved into itself");
  const rest = remove(tree, from);
  return isRefusal(rest) ? rest : add(rest, path, moved);
}

const add = (tree: Json, path: Pointer, value: Json): Json | Refusal => edit(tree, path, value, addChild);

function remove(tree: Json, path: Pointer): Json | Refusal {
  if (path.length === 0) return impossible("the whole object cannot be taken away");
  return edit(tree, path, null, removeChild);
}

/** What becomes of a container when something is done to its child called `token`. */
type ChildEdit = (container: Json, token: string, value: Json) => Json | Refusal;

function edit(tree: Json, path: Pointer, value: Json, change: ChildEdit): Json | Refusal {
  const [token, ...rest] = path;
  if (token === undefined) return value;
  if (rest.length === 0) return change(tree, token, value);
  const child = childAt(tree, token);
  if (child === undefined) return NOTHING_THERE;
  const next = edit(child, rest, value, change);
  return isRefusal(next) ? next : replaceChild(tree, token, next);
}

function addChild(container: Json, token: string, value: Json): Json | Refusal {
  if (isObject(container)) return withField(container, token, value);
  if (!isList(container)) return impossible("the place is in a value that has no fields");
  const isEnd = token === "-" || token === String(container.length);
  const index = isEnd ? container.length : indexIn(container, token);
  return index === null
    ? impossible(`the list has ${container.length} items`)
    : container.toSpliced(index, 0, value);
}

function removeChild(container: Json, token: string): Json | Refusal {
  if (isObject(container) && Object.hasOwn(container, token)) return without(container, token);
  const index = isList(container) ? indexIn(container, token) : null;
  return isList(container) && index !== null ? container.toSpliced(index, 1) : NOTHING_THERE;
}

function replaceChild(container: Json, token: string, value: Json): Json | Refusal {
  if (isObject(container)) return withField(container, token, value);
  const index = isList(container) ? indexIn(container, token) : null;
  return isList(container) && index !== null ? container.with(index, value) : NOTHING_THERE;
}
