/** The text of an AgentConfig to what it says, or to all that is wrong with it, with line and column. */
import { type AgentConfig, agentConfigSchema, configOf } from "./agent-config.ts";
import { type Complaint, complain, type FieldPath, formatPath } from "./complaint.ts";
import { complaintsOf } from "./complaints-of-schema.ts";
import { inOrder, rejectionOf, syntaxComplaints, type YamlDocument } from "./parse-document.ts";
import { keyPositionsIn, positionsIn } from "./positions.ts";
import type { Rejection } from "./rejection.ts";
import { describeFound } from "./schema-words.ts";
import { type Position, readYaml } from "./yaml-text.ts";
import { type PlacedComplaint, readValue } from "./yaml-value.ts";

export type ParsedAgentConfig =
  | { readonly config: AgentConfig; readonly rejections: readonly [] }
  | { readonly config: null; readonly rejections: readonly Rejection[] };

export function parseAgentConfig(file: string, text: string): ParsedAgentConfig {
  const refuse = (complaints: readonly PlacedComplaint[]): ParsedAgentConfig => ({
    config: null,
    rejections: inOrder(complaints).map((complaint) => rejectionOf(file, null, complaint)),
  });
  const { documents, positionAt, problem } = readYaml(text);
  if (problem !== null)
    return refuse([{ ...complain([], problem.message), position: problem.position ?? WHOLE_FILE }]);
  const [document, second] = documents.filter(isSaid);
  if (document === undefined)
    return refuse([{ ...complain([], "must hold an AgentConfig, found nothing"), position: WHOLE_FILE }]);
  if (second !== undefined) {
    const position = positionAt(second.contents?.range[0] ?? second.range[0]);
    return refuse([{ ...complain([], "must hold one AgentConfig, found a second document"), position }]);
  }
  const syntax = syntaxComplaints(document, positionAt);
  return syntax.length > 0 ? refuse(syntax) : judge(document, positionAt, refuse);
}

const WHOLE_FILE: Position = { line: 0, column: 0 };

/** A document that is not empty, or not even YAML. */
function isSaid({ contents, errors }: YamlDocument): boolean {
  return errors.length > 0 || (contents !== null && contents.range[0] < contents.range[1]);
}

function judge(
  document: YamlDocument,
  positionAt: (offset: number) => Position,
  refuse: (complaints: readonly PlacedComplaint[]) => ParsedAgentConfig,
): ParsedAgentConfig {
  const { value, places, complaints } = readValue(document, positionAt);
  const position = positionsIn(places, positionAt(document.contents?.range[0] ?? 0));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const message = `must be a mapping with apiVersion, kind and fields, found ${describeFound(value)}`;
    return refuse([...complaints, { ...complain([], message), position: position([]) }]);
  }
  const result = agentConfigSchema.safeParse(value);
  const keyPosition = keyPositionsIn(places, position);
  const ofSchema = complaintsOf(result.error?.issues ?? [], agentConfigSchema, value).map((complaint) => ({
    ...later(complaint),
    position: complaint.isAboutKey ? keyPosition(complaint.path) : position(complaint.path),
  }));
  const ofSources = sourceComplaints(value).map((complaint) => ({
    ...complaint,
    position: position(complaint.path),
  }));
  const all = [...complaints, ...ofSchema, ...ofSources];
  return result.success && all.length === 0 ? { config: configOf(result.data), rejections: [] } : refuse(all);
}

/** Fields of the design that this version does not have: who writes them is not mistaken, only early. */
const NOT_YET = ["sources[].git", "store.etcd", "store.kubernetes"];

function later({ path, message, severity }: Complaint): Complaint {
  const place = formatPath(path).replaceAll(/\[\d+\]/g, "[]");
  const isEarly = NOT_YET.includes(place) || (place === "nginx.mode" && message.includes('"system"'));
  return { path, severity, message: isEarly ? `is not supported by this version${instead(place)}` : message };
}

function instead(place: string): string {
  if (place === "nginx.mode") return ': nginx in mode system comes later, there are "managed" and "off"';
  return place === "sources[].git" ? ": only directory is" : "";
}

function sourceComplaints(value: object): Complaint[] {
  const sources = "sources" in value && Array.isArray(value.sources) ? value.sources : [];
  const seen = new Set<string>();
  return sources.flatMap((entry: unknown, index): Complaint[] => {
    if (typeof entry !== "object" || entry === null) return [];
    const here: FieldPath = ["sources", index];
    if (Object.keys(entry).length === 0) return [complain(here, "must name a directory, found nothing")];
    const path = pathOf(entry);
    if (path === null) return [];
    if (seen.has(path))
      return [complain([...here, "directory", "path"], `${JSON.stringify(path)} is a source already`)];
    seen.add(path);
    return [];
  });
}

function pathOf(entry: object): string | null {
  const directory: unknown = "directory" in entry ? entry.directory : null;
  if (typeof directory !== "object" || directory === null || !("path" in directory)) return null;
  return typeof directory.path === "string" ? directory.path : null;
}
