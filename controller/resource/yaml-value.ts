/**
 * A YAML document as a plain value, with the place of each of its fields, and all that the YAML has against it: keys that stand
 * twice or are no text, scalars that readers understand differently, aliases that make much of little.
 */
import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, type ParsedNode, Scalar } from "yaml";
import { type Complaint, complain, type FieldPath, formatPath } from "./complaint.ts";
import { ambiguity } from "./yaml-ambiguity.ts";
import type { Position } from "./yaml-text.ts";

/** A pool of 1000 backends has 5000. */
const VALUES_MAX = 20_000;
/** Aliases that multiply can make billions of values of a few lines. */
const ALIASED_VALUES_MAX = 1000;
const DEPTH_MAX = 32;

export interface FieldPlace {
  /** null for an item of a list. */
  readonly key: Position | null;
  /** null where nothing is written after the key. */
  readonly value: Position | null;
}

export interface PlacedComplaint extends Complaint {
  readonly position: Position;
}

export interface DocumentValue {
  /** null, with a complaint, when the document is larger than a manifest can be. */
  readonly value: unknown;
  /** By `formatPath`. */
  readonly places: ReadonlyMap<string, FieldPlace>;
  readonly complaints: readonly PlacedComplaint[];
}

export function readValue(
  document: Document.Parsed<ParsedNode>,
  positionAt: (offset: number) => Position,
): DocumentValue {
  const reading = new Reading(positionAt);
  const value = reading.read(document.contents, [], null);
  const { places, complaints, isTooLarge } = reading;
  return { value: isTooLarge ? null : value, places, complaints };
}

class Reading {
  readonly places = new Map<string, FieldPlace>();
  readonly complaints: PlacedComplaint[] = [];
  readonly #positionAt: (offset: number) => Position;
  readonly #anchors = new Map<string, unknown>();
  /** The nodes that are being read, so that an alias to one of them is known to go round in a circle. */
  readonly #open = new Set<unknown>();
  /** Then the value is only a part of what the document says. */
  isTooLarge = false;
  #values = 0;
  #aliasedValues = 0;
  #aliasDepth = 0;

  constructor(positionAt: (offset: number) => Position) {
    this.#positionAt = positionAt;
  }

  read(node: unknown, path: FieldPath, key: Position | null): unknown {
    if (!this.#isWithinLimits(node)) return null;
    const place = formatPath(path);
    // The place of what an alias stands for is where the alias is.
    if (!this.places.has(place)) this.places.set(place, { key, value: this.#placeOf(node, key) });
    if (isAlias(node)) return this.#follow(node, path);
    if (!isScalar(node) && !isCollection(node)) return null;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#scalar(node, path);
    if (path.length > DEPTH_MAX || this.#open.has(node)) {
      const position = this.places.get(place)?.value ?? this.#positionAt(0);
      this.complaints.push({ ...complain(path, "is nested too deeply, or in itself"), position });
      return null;
    }
    this.#open.add(node);
    const value = isMap(node) ? this.#map(node.items, path) : this.#list(isSeq(node) ? node.items : [], path);
    this.#open.delete(node);
    return value;
  }

  #isWithinLimits(node: unknown): boolean {
    this.#values += 1;
    if (this.#aliasDepth > 0) this.#aliasedValues += 1;
    const isWithin = this.#values <= VALUES_MAX && this.#aliasedValues <= ALIASED_VALUES_MAX;
    if (!isWithin && !this.isTooLarge) {
      this.isTooLarge = true;
      const limit =
        this.#values > VALUES_MAX ? `${VALUES_MAX} values` : `${ALIASED_VALUES_MAX} values through aliases`;
      this.#refuse([], node, `holds more than ${limit}`);
    }
    return isWithin;
  }

  #follow(alias: { readonly source: string }, path: FieldPath): unknown {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      this.#refuse(path, alias, `*${alias.source} refers to nothing: no &${alias.source} stands before it`);
      return null;
    }
    this.#aliasDepth += 1;
    const value = this.read(target, path, null);
    this.#aliasDepth -= 1;
    return value;
  }

  #scalar(scalar: Scalar, path: FieldPath): unknown {
    const message = ambiguityOf(scalar);
    if (message !== null) this.#refuse(path, scalar, message);
    return scalar.value;
  }

  #list(items: readonly unknown[], path: FieldPath): unknown[] {
    return items.map((item, index) => this.read(item, [...path, index], null));
  }

  #map(pairs: readonly { readonly key: unknown; readonly value: unknown }[], path: FieldPath): unknown {
    // Not an object from the start: a key such as `__proto__` would mean something to it.
    const fields = new Map<string, unknown>();
    for (const { key, value } of pairs) {
      const name = this.#nameOf(key, path);
      if (name === null) continue;
      const here = [...path, name];
      if (fields.has(name)) this.#refuse(here, key, this.#twice(here));
      else fields.set(name, this.read(value, here, this.#startOf(key)));
    }
    return Object.fromEntries(fields);
  }

  #twice(path: FieldPath): string {
    const first = this.places.get(formatPath(path))?.key;
    return first == null ? "stands twice" : `stands twice, first in line ${first.line}`;
  }

  /** null, and a complaint, for a key that is no text. */
  #nameOf(key: unknown, path: FieldPath): string | null {
    if (!isScalar(key)) {
      this.#refuse(path, key, "has a key that is no plain text");
      return null;
    }
    const { value } = key;
    const written = key.source ?? String(value);
    if (written === "<<") {
      this.#refuse(path, key, "merge keys (<<) are not supported: write the fields out");
      return null;
    }
    const message = ambiguityOf(key);
    if (message !== null) this.#refuse([...path, written], key, message);
    else if (typeof value !== "string")
      this.#refuse([...path, written], key, `keys must be text: write "${written}" in quotes`);
    return written;
  }

  #refuse(path: FieldPath, node: unknown, message: string): void {
    const position = this.#startOf(node) ?? this.#positionAt(0);
    this.complaints.push({ ...complain(path, message), position });
  }

  /** A mapping or a list is known by its key, which may stand some lines above. */
  #placeOf(node: unknown, key: Position | null): Position | null {
    return isCollection(node) ? (key ?? this.#startOf(node)) : this.#startOf(node);
  }

  /** null for a node that is nothing but an empty place in the text. */
  #startOf(node: unknown): Position | null {
    if (!isAlias(node) && !isScalar(node) && !isCollection(node)) return null;
    const { range } = node;
    if (range == null || (range[0] === range[1] && isScalar(node))) return null;
    return this.#positionAt(range[0]);
  }
}

function ambiguityOf({ type, source, tag }: Scalar): string | null {
  return type === Scalar.PLAIN && source !== undefined && tag === undefined ? ambiguity(source) : null;
}
