/**
 * A file of manifests to resources, or to all that is wrong with it: every refusal with line and column, the field's path, what
 * was found and what is allowed. Pure; no text makes it throw.
 */
import type { JsonObject } from "./json-schema.ts";
import type { Manifest } from "./meta.ts";
import { type ReadDocument, readDocument } from "./parse-document.ts";
import type { PositionOf } from "./positions.ts";
import type { Rejection } from "./rejection.ts";
import { readYaml } from "./yaml-text.ts";

/** A manifest, and where it and its fields stand. */
export interface Located {
  readonly manifest: Manifest;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Of the value of a field; of what is nearest to it, when the field is not there. */
  readonly position: PositionOf;
}

/** With what was written: defaults are not filled in. */
export interface Stated extends Located {
  readonly said: JsonObject;
}

export interface ParsedManifests {
  readonly manifests: readonly Stated[];
  readonly rejections: readonly Rejection[];
  readonly warnings: readonly Rejection[];
}

/** More than that in one file has one cause. */
const REJECTIONS_MAX = 100;

export function parseManifests(file: string, text: string): ParsedManifests {
  const { documents, positionAt, problem } = readYaml(text);
  if (problem !== null) {
    const { line, column } = problem.position ?? { line: 0, column: 0 };
    const rejection = { file, line, column, path: "", resource: null, message: problem.message };
    return { manifests: [], rejections: [rejection], warnings: [] };
  }
  const read = documents.map((document) => readDocument(file, document, positionAt));
  return {
    manifests: read.flatMap((each) => located(file, each)),
    rejections: bounded(read.flatMap(({ rejections }) => rejections)),
    warnings: bounded(read.flatMap(({ warnings }) => warnings)),
  };
}

function located(file: string, { stated, start, position }: ReadDocument): Stated[] {
  return stated === null ? [] : [{ ...stated, file, ...start, position }];
}

function bounded(rejections: readonly Rejection[]): readonly Rejection[] {
  const last = rejections[REJECTIONS_MAX - 1];
  if (last === undefined || rejections.length === REJECTIONS_MAX) return rejections;
  const rest = rejections.length - (REJECTIONS_MAX - 1);
  const summary = { ...last, path: "", resource: null, message: `and ${rest} more from here on` };
  return [...rejections.slice(0, REJECTIONS_MAX - 1), summary];
}
