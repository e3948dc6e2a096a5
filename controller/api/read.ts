/** Reading objects: one, all of a collection, or a watch of it. */

import type { ResourceCall } from "../object/api-call.ts";
import { type ApiResource, apiVersionOf } from "../object/api-resource.ts";
import {
  isAnyVersion,
  type ListOptions,
  readListOptions,
  readWatchOptions,
  selects,
} from "../object/list-options.ts";
import { type AnswerForm, answerForm } from "../object/media-types.ts";
import { metadataOf } from "../object/metadata.ts";
import { isRefusal, notFound, type Refusal } from "../object/refusal.ts";
import { partialMetadata, readIncludeObject, type TableForm, tableOf } from "../object/table.ts";
import type { Clock } from "../port/clock.ts";
import type { JsonObject } from "../resource/json-schema.ts";
import { type Answer, answerJson, type Stream } from "./answer.ts";
import type { Collection } from "./collection.ts";
import type { ApiRequest } from "./request.ts";
import type { SharedTexts } from "./shared-texts.ts";
import { beginWatch, versionTooLarge } from "./watch.ts";

export interface ReadParts {
  readonly collection: Collection;
  readonly texts: SharedTexts;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
}

export async function read(
  parts: ReadParts,
  call: ResourceCall,
  request: ApiRequest,
): Promise<Answer | Stream | Refusal> {
  const form = formOf(request);
  if (isRefusal(form)) return form;
  if (call.verb === "watch") return await watch(parts, call, request, form);
  return call.name === "" ? await list(parts, call, request, form) : await get(parts, call, form);
}

interface Form {
  readonly answer: AnswerForm;
  readonly included: TableForm["included"];
}

function formOf({ header, parameters }: ApiRequest): Form | Refusal {
  const answer = answerForm(header("accept"));
  if (isRefusal(answer)) return answer;
  const included = readIncludeObject(parameters("includeObject"));
  return isRefusal(included) ? included : { answer, included };
}

async function get(
  { collection, clock }: ReadParts,
  call: ResourceCall,
  form: Form,
): Promise<Answer | Refusal> {
  const object = await collection.get(call.namespace, call.name);
  return object === null
    ? notFound(call.resource, call.name)
    : answerJson(200, showObject(call.resource, object, form, clock));
}

/** As it was asked for; an answer to a write too. */
export function showWritten(
  resource: ApiResource,
  object: JsonObject,
  request: ApiRequest,
  clock: Clock,
): JsonObject {
  const form = formOf(request);
  return isRefusal(form) ? object : showObject(resource, object, form, clock);
}

function showObject(
  resource: ApiResource,
  object: JsonObject,
  { answer, included }: Form,
  clock: Clock,
): JsonObject {
  if (answer.type === "object") return object;
  if (answer.type === "metadata") return partialMetadata(object, answer.version);
  const { version } = answer;
  const { resourceVersion } = metadataOf(object);
  return tableOf(resource, [object], { version, included, now: clock.wallTime(), resourceVersion });
}

async function list(
  { collection, clock }: ReadParts,
  { resource, namespace }: ResourceCall,
  { parameters }: ApiRequest,
  form: Form,
): Promise<Answer | Refusal> {
  const current = await collection.version();
  const options = readListOptions(parameters, resource, current);
  if (isRefusal(options)) return options;
  if (await isAhead(collection, options)) return versionTooLarge(options.resourceVersion, current);
  const all = await collection.list();
  const objects = all.objects.filter((object) => isIn(namespace, object) && selects(options, object));
  return answerJson(200, showList(resource, objects, all.version, form, clock));
}

async function isAhead(collection: Collection, { resourceVersion }: ListOptions): Promise<boolean> {
  if (isAnyVersion(resourceVersion)) return false;
  return (await collection.changesSince(resourceVersion)).state === "ahead";
}

const isIn = (namespace: string, object: JsonObject): boolean =>
  namespace === "" || metadataOf(object).namespace === namespace;

function showList(
  resource: ApiResource,
  objects: readonly JsonObject[],
  resourceVersion: string,
  { answer, included }: Form,
  clock: Clock,
): JsonObject {
  const metadata = { resourceVersion };
  if (answer.type === "object")
    return {
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata,
      items: [...objects],
    };
  const { version } = answer;
  if (answer.type === "table")
    return tableOf(resource, objects, { version, included, now: clock.wallTime(), resourceVersion });
  const items = objects.map((object) => partialMetadata(object, version));
  return { kind: "PartialObjectMetadataList", apiVersion: `meta.k8s.io/${version}`, metadata, items };
}

async function watch(
  parts: ReadParts,
  { resource, namespace, name }: ResourceCall,
  { parameters }: ApiRequest,
  form: Form,
): Promise<Stream | Refusal> {
  const { collection, texts, clock, random } = parts;
  const asked = readWatchOptions(parameters, resource);
  if (isRefusal(asked)) return asked;
  const place = [
    ...(namespace === "" ? [] : [{ field: "metadata.namespace", isEqual: true, value: namespace }]),
    ...(name === "" ? [] : [{ field: "metadata.name", isEqual: true, value: name }]),
  ];
  const options = { ...asked, fields: [...asked.fields, ...place] };
  const render = (object: JsonObject): JsonObject => showObject(resource, object, form, clock);
  return await beginWatch({ resource, collection, options, render, texts, clock, random });
}
