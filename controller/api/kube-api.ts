/**
 * The API of a node, as Kubernetes' clients know it: from a request to its answer. Of HTTP it knows nothing but names and
 * numbers; whoever carries it (TLS, the local socket, a test) is a caller.
 */

import { rfc3339 } from "../net/time.ts";
import { NO_ACCESS } from "../object/access-review.ts";
import { type ApiCall, type ResourceCall, readApiCall } from "../object/api-call.ts";
import { DEFINITIONS, EVENTS, NAMESPACES, NODES, RESOURCES } from "../object/api-resources.ts";
import { auditEntry, isAudited } from "../object/audit-entry.ts";
import { isTrue } from "../object/list-options.ts";
import { managerName } from "../object/manager-name.ts";
import { forbiddenPath, forbiddenTo, isRefusal, notFound, type Refusal } from "../object/refusal.ts";
import type { Audit } from "../port/audit.ts";
import { KINDS, type Kind } from "../resource/meta.ts";
import { type Answer, answerRefusal, type Stream } from "./answer.ts";
import { type Collection, storedCollection } from "./collection.ts";
import { Documents } from "./documents.ts";
import type { Gate } from "./gate.ts";
import { read } from "./read.ts";
import type { ApiRequest } from "./request.ts";
import { review } from "./reviews.ts";
import { serveWrite } from "./serve-write.ts";
import { SharedTexts } from "./shared-texts.ts";
import type { WriteParts } from "./write.ts";

export interface KubeApiParts extends WriteParts {
  readonly version: string;
  readonly address: string;
  /** The one that the agent serves. */
  readonly namespace: string;
  readonly gate: Gate;
  readonly audit: Audit;
  readonly events: Collection;
  readonly nodes: Collection;
  readonly namespaces: Collection;
  readonly definitions: Collection;
  readonly changeNode: ChangeNode;
}

/** Answers a PATCH of a node. */
export type ChangeNode = (call: ResourceCall, request: ApiRequest) => Promise<Answer | Refusal>;

export class KubeApi {
  readonly #parts: KubeApiParts;
  readonly #documents: Documents;
  readonly #texts = new SharedTexts();
  readonly #collections: ReadonlyMap<string, Collection>;

  constructor(parts: KubeApiParts) {
    this.#parts = parts;
    this.#documents = new Documents(parts);
    this.#collections = collectionsOf(parts);
  }

  async answer(request: ApiRequest): Promise<Answer | Stream> {
    const { method, path, parameters } = request;
    const call = readApiCall(method, path, isTrue(parameters("watch")));
    const result = isRefusal(call) ? call : await this.#result(call, request);
    if (!isRefusal(call) && call.type === "resource" && isAudited(call)) this.#audit(call, request, result);
    return isRefusal(result) ? answerRefusal(result) : result;
  }

  async #result(call: ApiCall, request: ApiRequest): Promise<Answer | Stream | Refusal> {
    const refusal = this.#refusalOf(call, request);
    if (refusal !== null) return refusal;
    return call.type === "resource"
      ? await this.#serve(call, request)
      : this.#documents.answer(call, request);
  }

  #audit(call: ResourceCall, request: ApiRequest, result: Answer | Stream | Refusal): void {
    const { audit, clock } = this.#parts;
    if ("run" in result) return;
    const isRefused = isRefusal(result);
    const deed = {
      time: rfc3339(clock.wallTime()),
      user: request.user,
      source: request.source,
      call,
      name: isRefused ? "" : result.about,
      fieldManager: managerName(request.parameters("fieldManager"), request.header("user-agent")),
      isDryRun: request.parameterList("dryRun").length > 0,
      code: isRefused ? result.code : result.status,
      reason: isRefused ? result.reason : "",
    };
    audit.record(auditEntry(deed));
  }

  #refusalOf(call: ApiCall, { user, path }: ApiRequest): Refusal | null {
    if (call.type !== "resource") {
      const access = { ...NO_ACCESS, verb: "get", path };
      const why = call.type === "health" ? null : this.#parts.gate.refusal(user, access);
      return why === null ? null : forbiddenPath(why);
    }
    const { resource, namespace, name, subresource, verb } = call;
    const { group, plural } = resource;
    const access = { verb, group, resource: plural, subresource, name, namespace, path: "" };
    const why = this.#parts.gate.refusal(user, access);
    return why === null ? null : forbiddenTo(resource, name, why);
  }

  async #serve(call: ResourceCall, request: ApiRequest): Promise<Answer | Stream | Refusal> {
    const { resource, verb } = call;
    const collection = this.#collections.get(resource.plural);
    if (collection === undefined) return review(this.#parts.gate, resource, request);
    if (verb === "get" || verb === "list" || verb === "watch")
      return await read({ ...this.#parts, collection, texts: this.#texts }, call, request);
    const kind = KINDS.find((each) => RESOURCES[each] === resource);
    if (kind === undefined) return await this.#parts.changeNode(call, request);
    return await this.#write(kind, call, request, collection);
  }

  async #write(
    kind: Kind,
    call: ResourceCall,
    request: ApiRequest,
    collection: Collection,
  ): Promise<Answer | Refusal> {
    const isServed = call.namespace === this.#parts.namespace;
    if (call.verb === "create" && !isServed) return notFound(NAMESPACES, call.namespace);
    return await serveWrite(this.#parts, { kind, call, request, collection });
  }
}

function collectionsOf({
  store,
  events,
  nodes,
  namespaces,
  definitions,
}: KubeApiParts): ReadonlyMap<string, Collection> {
  return new Map<string, Collection>([
    ...KINDS.map((kind) => [RESOURCES[kind].plural, storedCollection(store, kind)] as const),
    [EVENTS.plural, events],
    [NODES.plural, nodes],
    [NAMESPACES.plural, namespaces],
    [DEFINITIONS.plural, definitions],
  ]);
}
