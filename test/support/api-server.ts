/** The API on a port of the loopback, over a store in memory: what real clients are pointed at. */
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { KubeApi, type KubeApiParts } from "../../controller/api/kube-api.ts";
import { serveKubeApi } from "../../controller/api/kube-server.ts";
import { LiveCollection } from "../../controller/api/live-collection.ts";
import { networkFacts } from "../../controller/api/request-facts.ts";
import { NODES } from "../../controller/object/api-resources.ts";
import { rulesOf, whyForbidden } from "../../controller/object/authorize.ts";
import { identityOf } from "../../controller/object/identity.ts";
import { notFound } from "../../controller/object/refusal.ts";
import type { ResourceStore } from "../../controller/port/resource-store.ts";
import { FakeLog } from "./fake-log.ts";
import { MemoryAudit } from "./memory-audit.ts";
import { memoryStore } from "./memory-store.ts";

export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  readonly store: ResourceStore;
}

const ALICE = identityOf("alice", "admin");

/** `socketPath`: there instead, as an agent's local socket. */
export async function startApiServer(
  changes: Partial<KubeApiParts> = {},
  socketPath: string | null = null,
): Promise<ApiServer> {
  const stopping = new AbortController();
  const clock = new SystemClock();
  const store = memoryStore();
  const live = (): LiveCollection => new LiveCollection(clock.wallTime());
  const namespaces = live();
  namespaces.show([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" }, status: { phase: "Active" } },
  ]);
  const api = new KubeApi({
    version: "0.0.0-test",
    address: "127.0.0.1:0",
    namespace: "default",
    store,
    clock,
    random: Math.random,
    newUid: randomUUID,
    gate: { refusal: whyForbidden, rules: rulesOf },
    audit: new MemoryAudit(),
    events: live(),
    nodes: live(),
    namespaces,
    changeNode: async (call) => notFound(NODES, call.name),
    foresee: async () => ({ plan: [], warnings: [] }),
    ...changes,
  });
  const server = fastify({ forceCloseConnections: true });
  await serveKubeApi(server, {
    api,
    factsOf: networkFacts,
    authenticator: { authenticate: async () => ALICE },
    log: new FakeLog(),
    signal: stopping.signal,
  });
  await server.listen(socketPath === null ? { host: "127.0.0.1", port: 0 } : { path: socketPath });
  const address = server.server.address() as AddressInfo | string;
  return {
    url: typeof address === "string" ? address : `http://127.0.0.1:${address.port}`,
    store,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await server.close();
    },
  };
}
