/** Puts the API together: what it shows beside the store, and the two ways in. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { arch, release } from "node:os";
import type { FastifyInstance } from "fastify";
import { definitionsSince } from "../api/definitions.ts";
import { EventLog } from "../api/event-log.ts";
import { KubeApi } from "../api/kube-api.ts";
import { type KubeServerParts, serveKubeApi } from "../api/kube-server.ts";
import { LOCAL_LIMITS, NETWORK_LIMITS, NETWORK_TIMES } from "../api/limits.ts";
import { LiveCollection } from "../api/live-collection.ts";
import { serveNetworkApi } from "../api/network-server.ts";
import { changeNodeBy } from "../api/node-changes.ts";
import { localFacts, networkFacts } from "../api/request-facts.ts";
import { rulesOf, whyForbidden } from "../object/authorize.ts";
import type { MergeType } from "../object/merge-type.ts";
import { namespaceObject } from "../object/namespace-object.ts";
import { nodeObject } from "../object/node-object.ts";
import { drainReportInWords } from "../plan/drain.ts";
import type { Clock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { ResourceStore } from "../port/resource-store.ts";
import type { Agent } from "../reconcile/agent.ts";
import type { Onlooker } from "../reconcile/status.ts";
import type { Kind } from "../resource/meta.ts";
import type { ApiAccess } from "./api-access.ts";

export interface ApiOptions {
  readonly node: string;
  readonly namespace: string;
  readonly version: string;
  /** `127.0.0.1:7443`; null: only the local socket. */
  readonly listen: string | null;
  readonly store: ResourceStore;
  readonly mergeTypes: { readonly [K in Kind]: MergeType };
  readonly clock: Clock;
  readonly log: Log;
}

export interface ApiShow extends Onlooker {
  readonly events: EventLog;
  readonly nodes: LiveCollection;
  readonly namespaces: LiveCollection;
  readonly definitions: LiveCollection;
}

/** What the agent lets the API see. It is there before the agent, which needs it. */
export function openShow({
  node,
  namespace,
  version,
  clock,
}: Pick<ApiOptions, "node" | "namespace" | "version" | "clock">): ApiShow {
  const startedAt = clock.wallTime();
  const events = new EventLog({ node, clock, newUid: randomUUID });
  const nodes = new LiveCollection(startedAt);
  const namespaces = new LiveCollection(startedAt);
  namespaces.show([namespaceObject(namespace, startedAt)]);
  const host = { osImage: osImage(), kernelVersion: release(), architecture: arch() };
  return {
    events,
    nodes,
    namespaces,
    definitions: definitionsSince(startedAt),
    happened: (happenings) => events.tell(happenings),
    seen: ({ trouble, drain }) => {
      const phase = drain?.phase ?? "InService";
      const because = drain === null ? "" : drainReportInWords(drain);
      nodes.show([nodeObject({ node, version, startedAt, host, trouble, phase, because })]);
    },
  };
}

export interface ServedApi {
  /** Puts it on the agent's local socket. */
  readonly mount: (server: FastifyInstance, signal: AbortSignal) => Promise<void>;
  /** Serves it on the network until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export function openApi(options: ApiOptions, show: ApiShow, agent: Agent, access: ApiAccess): ServedApi {
  const { namespace, version, listen, store, mergeTypes, clock, log } = options;
  const address = listen ?? "";
  const { authenticator, certificate, audit } = access;
  const api = new KubeApi({
    version,
    address,
    namespace,
    store,
    clock,
    random: Math.random,
    newUid: randomUUID,
    mergeTypes,
    gate: { refusal: whyForbidden, rules: rulesOf },
    audit,
    events: show.events.collection,
    nodes: show.nodes,
    namespaces: show.namespaces,
    definitions: show.definitions,
    changeNode: changeNodeBy({ nodes: show.nodes, drain: agent.drain, clock }),
    foresee: (key, next) => agent.foresee(key, next),
  });
  const parts: Omit<KubeServerParts, "factsOf" | "signal" | "limits"> = { api, authenticator, log, clock };
  const network = { factsOf: networkFacts, limits: NETWORK_LIMITS, times: NETWORK_TIMES };
  return {
    mount: (server, signal) =>
      serveKubeApi(server, { ...parts, factsOf: localFacts, limits: LOCAL_LIMITS, signal }),
    run: async (signal) => {
      if (listen === null || certificate === null) return;
      await serveNetworkApi({ ...parts, ...network, listen, certificate }, signal);
    },
  };
}

/** As `kubectl get nodes -o wide` shows it; a machine without the file is a Linux all the same. */
function osImage(): string {
  try {
    const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
    return name ?? "Linux";
  } catch {
    return "Linux";
  }
}
