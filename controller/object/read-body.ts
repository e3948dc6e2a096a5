/** The body of a request as a JSON tree. */
import type { Json } from "../resource/json-schema.ts";
import { readYaml } from "../resource/yaml-text.ts";
import { readValue } from "../resource/yaml-value.ts";
import { duplicateFields } from "./duplicate-fields.ts";
import { badRequest, type Refusal } from "./refusal.ts";
import { isTooDeep, TREE_DEPTH_MAX } from "./tree.ts";

export interface Body {
  readonly tree: Json;
  /** Of `duplicateFields`. */
  readonly duplicates: readonly string[];
}

export function readBody(bytes: Uint8Array, isYaml: boolean): Body | Refusal {
  const text = textOf(bytes);
  if (text === null) return badRequest("the body is not valid UTF-8");
  if (text.trim() === "") return badRequest("the body is empty, and an object is expected");
  // Clients that say YAML mostly send JSON, of which YAML's limits know nothing.
  const json = readJson(text);
  if (json !== null) return json;
  return isYaml ? readYamlBody(text) : badRequest(`the body is not valid JSON: ${jsonProblem(text)}`);
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function readJson(text: string): Body | Refusal | null {
  let tree: Json;
  try {
    tree = JSON.parse(text);
  } catch {
    return null;
  }
  if (isTooDeep(tree)) return badRequest(`the body is nested more than ${TREE_DEPTH_MAX} levels deep`);
  return { tree, duplicates: duplicateFields(text) };
}

function jsonProblem(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readYamlBody(text: string): Body | Refusal {
  const { documents, positionAt, problem } = readYaml(text);
  if (problem !== null) return badRequest(`the body ${problem.message}`);
  const [document, ...others] = documents;
  if (document === undefined || others.length > 0)
    return badRequest(`the body must hold one document, found ${documents.length}`);
  const { value, complaints } = readValue(document, positionAt);
  const errors = [
    ...document.errors.map(({ message }) => message),
    ...complaints.map(({ message }) => message),
  ];
  const [first] = errors;
  if (first !== undefined) return badRequest(`the body is not valid YAML: ${first}`);
  return { tree: JSON.parse(JSON.stringify(value ?? null)), duplicates: [] };
}
