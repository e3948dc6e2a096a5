/** The API on a port of the loopback, over a store in memory: what real clients are pointed at. */

import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import type { KubeApiParts } from "../../controller/api/kube-api.ts";
import { serveKubeApi } from "../../controller/api/kube-server.ts";
import { LOCAL_LIMITS } from "../../controller/api/limits.ts";
import { networkFacts } from "../../controller/api/request-facts.ts";
import { identityOf } from "../../controller/object/identity.ts";
import type { ResourceStore } from "../../controller/port/resource-store.ts";
import { FakeLog } from "./fake-log.ts";
import { kubeApiOver } from "./kube-api.ts";
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
  const api = kubeApiOver({ store, clock, ...changes });
  const server = fastify({ forceCloseConnections: true });
  await serveKubeApi(server, {
    api,
    factsOf: networkFacts,
    authenticator: { authenticate: async () => ALICE },
    limits: LOCAL_LIMITS,
    clock,
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
