/** What a request is about, read from its method and path: paths are those of a Kubernetes API server. */
import { type ApiResource, hasStatus, type Verb } from "./api-resource.ts";
import { API_RESOURCES } from "./api-resources.ts";
import { methodNotAllowed, noSuchPath, type Refusal } from "./refusal.ts";

export type ApiCall =
  | ResourceCall
  | { readonly type: "health" }
  | { readonly type: "version" }
  /** `/api` (the core group) or `/apis` (all others). */
  | { readonly type: "discovery"; readonly root: "api" | "apis" }
  | { readonly type: "group"; readonly group: string }
  | { readonly type: "resources"; readonly group: string; readonly version: string }
  | { readonly type: "openapi-v2" }
  | { readonly type: "openapi-index" }
  /** `apis/holdfast.dev/v1alpha1`. */
  | { readonly type: "openapi-document"; readonly document: string };

export interface ResourceCall {
  readonly type: "resource";
  readonly verb: Verb;
  readonly resource: ApiResource;
  /** Empty: all of them, or the resource has none. */
  readonly namespace: string;
  /** Empty: the collection is meant. */
  readonly name: string;
  readonly subresource: "" | "status";
}

type Fixed = Extract<ApiCall["type"], "health" | "version" | "openapi-v2" | "openapi-index">;

const FIXED: ReadonlyMap<string, Fixed> = new Map([
  ["/healthz", "health"],
  ["/livez", "health"],
  ["/readyz", "health"],
  ["/version", "version"],
  ["/openapi/v2", "openapi-v2"],
  ["/openapi/v3", "openapi-index"],
]);
const DOCUMENTS = "/openapi/v3/";

/** `path` without its query; `isWatch`: the query asks for one. */
export function readApiCall(method: string, path: string, isWatch: boolean): ApiCall | Refusal {
  const plain = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  const call = fixedCall(plain);
  if (call !== null) return method === "GET" || method === "HEAD" ? call : methodNotAllowed();
  const segments = segmentsOf(plain);
  return segments === null ? noSuchPath() : resourceCall(method, segments, isWatch);
}

function fixedCall(path: string): Exclude<ApiCall, ResourceCall> | null {
  const fixed = FIXED.get(path);
  if (fixed !== undefined) return { type: fixed };
  if (path.startsWith(DOCUMENTS)) return { type: "openapi-document", document: path.slice(DOCUMENTS.length) };
  const [, root, first, second, ...rest] = path.split("/");
  if ((root !== "api" && root !== "apis") || rest.length > 0) return null;
  if (first === undefined) return { type: "discovery", root };
  if (root === "api") return second === undefined ? { type: "resources", group: "", version: first } : null;
  return second === undefined
    ? { type: "group", group: first }
    : { type: "resources", group: first, version: second };
}

/** null: a name in it is not well encoded, so it is no name of ours. */
function segmentsOf(path: string): readonly string[] | null {
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return null;
  }
}

function resourceCall(method: string, segments: readonly string[], isWatch: boolean): ApiCall | Refusal {
  const place = placeOf(segments);
  if (place === null) return noSuchPath();
  const { resource, namespace, name, subresource } = place;
  const verb = verbOf(method, name !== "", isWatch);
  const served = subresource === "" ? resource.verbs : resource.statusVerbs;
  if (verb === null || !served.includes(verb) || isAmiss(verb, resource, namespace))
    return methodNotAllowed();
  return { type: "resource", verb, ...place };
}

type Place = Omit<ResourceCall, "type" | "verb">;

/** null: nothing of ours is there. */
function placeOf(segments: readonly string[]): Place | null {
  const [root, ...path] = segments;
  if (root !== "api" && root !== "apis") return null;
  const [group = "", version = "", ...rest] = root === "api" ? ["", ...path] : path;
  // `/namespaces/web` is the namespace itself, `/namespaces/web/virtualips` what is in it.
  const isIn = rest[0] === "namespaces" && rest.length > 2;
  const [plural, name = "", subresource = "", ...beyond] = isIn ? rest.slice(2) : rest;
  const namespace = isIn ? (rest[1] ?? "") : "";
  const resource = API_RESOURCES.find(
    (each) => each.group === group && each.version === version && each.plural === plural,
  );
  if (resource === undefined || beyond.length > 0) return null;
  const isMisplaced = resource.isNamespaced ? namespace === "" && name !== "" : isIn;
  if (isMisplaced) return null;
  if (subresource === "") return { resource, namespace, name, subresource };
  return subresource === "status" && hasStatus(resource) ? { resource, namespace, name, subresource } : null;
}

/** Who writes to a collection says in which namespace. */
const isAmiss = (verb: Verb, { isNamespaced }: ApiResource, namespace: string): boolean =>
  isNamespaced && namespace === "" && (verb === "create" || verb === "deletecollection");

function verbOf(method: string, isNamed: boolean, isWatch: boolean): Verb | null {
  switch (method) {
    case "GET":
    case "HEAD":
      return isWatch ? "watch" : isNamed ? "get" : "list";
    case "POST":
      return isNamed ? null : "create";
    case "PUT":
      return isNamed ? "update" : null;
    case "PATCH":
      return isNamed ? "patch" : null;
    case "DELETE":
      return isNamed ? "delete" : "deletecollection";
    default:
      return null;
  }
}
