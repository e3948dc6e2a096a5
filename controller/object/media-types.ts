/** In which form a client wants its answer, from its `Accept`; and in which form it has sent something. */
import type { DiscoveryVersion } from "./discovery.ts";
import { PATCH_MEDIA_TYPES } from "./openapi.ts";
import { type Refusal, refuse, unsupportedMediaType } from "./refusal.ts";

export type AnswerForm =
  | { readonly type: "object" }
  | { readonly type: "table" | "metadata"; readonly version: "v1" | "v1beta1" };

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** No client names more than a handful. */
const RANGES_MAX = 32;
const PLAIN = ["application/json", "application/*", "*/*"];

function rangesIn(accept: string): readonly MediaRange[] {
  const texts = (accept.trim() || "*/*").split(",").slice(0, RANGES_MAX);
  return texts.map((text) => {
    const [type = "", ...parameters] = text.split(";").map((part) => part.trim());
    return { type: type.toLowerCase(), parameters: new Map(parameters.map(pairOf)) };
  });
}

function pairOf(text: string): readonly [string, string] {
  const [name = "", value = ""] = text.split("=");
  return [name.toLowerCase(), value];
}

/** The first that is served, in the order in which the client names them. */
export function answerForm(accept: string): AnswerForm | Refusal {
  for (const { type, parameters } of rangesIn(accept)) {
    if (!PLAIN.includes(type)) continue;
    const [as, version] = [parameters.get("as"), parameters.get("v")];
    if (as === undefined) return { type: "object" };
    if (parameters.get("g") !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) continue;
    if (as === "Table") return { type: "table", version };
    if (as.startsWith("PartialObjectMetadata")) return { type: "metadata", version };
  }
  return notAcceptable();
}

/** null: the older form, which every client can read. */
export function discoveryForm(accept: string): DiscoveryVersion | null {
  const wanted = rangesIn(accept).flatMap(({ type, parameters }) => {
    const isAggregated =
      type === "application/json" &&
      parameters.get("g") === "apidiscovery.k8s.io" &&
      parameters.get("as") === "APIGroupDiscoveryList";
    return isAggregated ? [parameters.get("v")] : [];
  });
  return (["v2", "v2beta1"] as const).find((version) => wanted.includes(version)) ?? null;
}

const notAcceptable = (): Refusal =>
  refuse(
    406,
    "NotAcceptable",
    "only the following media types are accepted: application/json, application/json;as=Table;v=v1;g=meta.k8s.io",
  );

export type BodyForm = "json" | "yaml" | "protobuf";

const mediaTypeOf = (contentType: string): string => (contentType.split(";")[0] ?? "").trim().toLowerCase();

/** Of an object that is sent whole. Whoever does not say sends JSON. */
export function bodyForm(contentType: string): BodyForm | Refusal {
  switch (mediaTypeOf(contentType)) {
    case "":
    case "application/json":
      return "json";
    case "application/yaml":
      return "yaml";
    case "application/vnd.kubernetes.protobuf":
      return "protobuf";
    default:
      return unsupportedMediaType(
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml",
      );
  }
}

export type PatchForm = "json-patch" | "merge-patch" | "apply";

/** `isFlat`: a kind without lists that would merge, for which a strategic merge patch means the same as a merge patch. */
export function patchForm(contentType: string, isFlat: boolean): PatchForm | Refusal {
  switch (mediaTypeOf(contentType)) {
    case "application/json-patch+json":
      return "json-patch";
    case "application/merge-patch+json":
      return "merge-patch";
    case "application/apply-patch+yaml":
      return "apply";
    case "application/strategic-merge-patch+json":
      return isFlat ? "merge-patch" : unknownPatch();
    default:
      return unknownPatch();
  }
}

const unknownPatch = (): Refusal =>
  unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${PATCH_MEDIA_TYPES.join(", ")}`,
  );
