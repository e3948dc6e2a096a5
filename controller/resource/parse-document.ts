/** One YAML document to a manifest, or to all that is wrong with it. */
import type { Document, ParsedNode } from "yaml";
import { complain, formatPath } from "./complaint.ts";
import type { JsonObject } from "./json-schema.ts";
import { isMapping, judgeManifest, kindOf } from "./judge-manifest.ts";
import { DEFAULT_NAMESPACE, formatKey, type Manifest } from "./meta.ts";
import { keyPositionsIn, type PositionOf, positionsIn } from "./positions.ts";
import type { Rejection } from "./rejection.ts";
import { describeFound } from "./schema-words.ts";
import type { Position } from "./yaml-text.ts";
import { type DocumentValue, type PlacedComplaint, readValue } from "./yaml-value.ts";

export interface StatedManifest {
  readonly manifest: Manifest;
  /** As it was written, defaults not filled in. */
  readonly said: JsonObject;
}

export interface ReadDocument {
  /** null when it was rejected, or is empty. */
  readonly stated: StatedManifest | null;
  /** Where the document begins. */
  readonly start: Position;
  readonly position: PositionOf;
  /** In the order of the text, as the warnings. */
  readonly rejections: readonly Rejection[];
  readonly warnings: readonly Rejection[];
}

export type YamlDocument = Document.Parsed<ParsedNode>;
export type PositionAt = (offset: number) => Position;

export function readDocument(file: string, document: YamlDocument, positionAt: PositionAt): ReadDocument {
  const start = positionAt(document.contents?.range[0] ?? document.range[0]);
  const syntax = syntaxComplaints(document, positionAt);
  if (syntax.length > 0) {
    const rejections = syntax.map((complaint) => rejectionOf(file, null, complaint));
    return { stated: null, start, position: () => start, rejections, warnings: [] };
  }
  const content = readValue(document, positionAt);
  const position = positionsIn(content.places, start);
  const { manifest, complaints } = judge(content, position);
  const told = inOrder([...content.complaints, ...complaints]);
  const resource = nameOf(content.value);
  const ofSeverity = (wanted: PlacedComplaint["severity"]): Rejection[] =>
    told
      .filter(({ severity }) => severity === wanted)
      .map((complaint) => rejectionOf(file, resource, complaint));
  const rejections = ofSeverity("error");
  return {
    // What a schema has taken holds JSON values only.
    stated:
      rejections.length > 0 || manifest === null ? null : { manifest, said: content.value as JsonObject },
    start,
    position,
    rejections,
    warnings: ofSeverity("warning"),
  };
}

/** The first of each line: what follows from a wrong character is no news. */
export function syntaxComplaints(document: YamlDocument, positionAt: PositionAt): PlacedComplaint[] {
  const { yaml } = document.directives;
  const complaints = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    ...complain([], `is not valid YAML: ${message}`),
    position: positionAt(pos[0]),
  }));
  if (yaml.explicit === true && yaml.version !== "1.2")
    complaints.push({
      ...complain([], "must be YAML 1.2: leave the %YAML line out"),
      position: positionAt(0),
    });
  const lines = new Set<number>();
  return inOrder(complaints).filter(({ position: { line } }) => {
    const isFirst = !lines.has(line);
    lines.add(line);
    return isFirst;
  });
}

function judge(
  content: DocumentValue,
  position: PositionOf,
): { readonly manifest: Manifest | null; readonly complaints: readonly PlacedComplaint[] } {
  const { value } = content;
  if (value === null || value === undefined) return { manifest: null, complaints: [] };
  if (!isMapping(value)) {
    const message = `must be a mapping with apiVersion, kind, metadata and spec, found ${describeFound(value)}`;
    return { manifest: null, complaints: [{ ...complain([], message), position: position([]) }] };
  }
  const judgement = judgeManifest(value);
  const keyPosition = keyPositionsIn(content.places, position);
  const complaints = judgement.complaints.map(({ isAboutKey, ...complaint }) => ({
    ...complaint,
    position: isAboutKey ? keyPosition(complaint.path) : position(complaint.path),
  }));
  return { manifest: judgement.manifest, complaints };
}

/** `VirtualIP/default/web`, when the document tells so much of itself. */
function nameOf(value: unknown): string | null {
  const kind = isMapping(value) ? kindOf(value) : null;
  const metadata = isMapping(value) ? value["metadata"] : null;
  if (kind === null || !isMapping(metadata)) return null;
  const { name, namespace = DEFAULT_NAMESPACE } = metadata;
  if (typeof name !== "string" || typeof namespace !== "string") return null;
  return formatKey({ kind, namespace, name });
}

/** By place; of two complaints about one thing the first is the reason of the second. */
export function inOrder(complaints: readonly PlacedComplaint[]): PlacedComplaint[] {
  const first = new Map<string, PlacedComplaint>();
  for (const complaint of complaints) {
    const { path, position, severity } = complaint;
    // Warnings are no reasons: several may be true of one field.
    const text = severity === "warning" ? complaint.message : "";
    const thing = `${position.line}:${position.column} ${formatPath(path)} ${text}`;
    if (!first.has(thing)) first.set(thing, complaint);
  }
  return [...first.values()].sort(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
}

export function rejectionOf(file: string, resource: string | null, complaint: PlacedComplaint): Rejection {
  const { position, path, message } = complaint;
  return { file, ...position, path: formatPath(path), resource, message };
}
