/** The API over TLS. That its address cannot be had is no reason to let go of others: the agent goes on, and tries again. */
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import { type KubeServerParts, serveKubeApi } from "./kube-server.ts";
import type { ServerCertificate } from "./server-certificate.ts";

/** Watches, and a request or two of each of their clients. */
const CONNECTIONS_MAX = 1_000;
/** Whoever takes longer to say what he wants is slow on purpose. */
const HEADERS_TIMEOUT = millis(10_000);
const REQUEST_TIMEOUT = millis(30_000);
const HANDSHAKE_TIMEOUT = millis(10_000);
/** Longer than clients keep a connection that they do not use. */
const KEEP_ALIVE = millis(72_000);
const RETRY_INTERVAL = millis(5_000);

export interface NetworkApi extends Omit<KubeServerParts, "signal"> {
  /** `127.0.0.1:7443`. */
  readonly listen: string;
  readonly certificate: Pick<ServerCertificate, "tls" | "run">;
  readonly clock: Clock;
  readonly log: Log;
}

/** Serves until `signal` aborts. */
export async function serveNetworkApi(parts: NetworkApi, signal: AbortSignal): Promise<void> {
  const { listen, log, clock } = parts;
  for (let told = ""; !signal.aborted; ) {
    const problem = await serveOnce(parts, signal);
    if (problem === null) return;
    // Once, as long as it is the same.
    if (problem !== told)
      log.warn("the API cannot be served there; free the address, or choose another with --api-listen", {
        listen,
        because: problem,
      });
    told = problem;
    await clock.sleep(RETRY_INTERVAL, signal);
  }
}

/** What keeps it from listening; null: it has served until the end. */
async function serveOnce(parts: NetworkApi, signal: AbortSignal): Promise<string | null> {
  const { listen, certificate, log } = parts;
  const server = fastify({
    forceCloseConnections: true,
    serverFactory: (handler) =>
      bounded(createServer({ ...certificate.tls, handshakeTimeout: HANDSHAKE_TIMEOUT }, handler)),
  });
  await serveKubeApi(server, { ...parts, signal });
  const [host = "", port = ""] = listen.split(":");
  try {
    await server.listen({ host, port: Number(port) });
  } catch (error) {
    await server.close();
    return error instanceof Error ? error.message : String(error);
  }
  // Of port 0 the system makes a free one.
  log.info("the API is served", { listen: `${host}:${(server.server.address() as AddressInfo).port}` });
  const own = server.server as unknown as Server;
  await Promise.all([certificate.run((tls) => own.setSecureContext(tls), signal), untilAbort(signal)]);
  await server.close();
  return null;
}

function bounded(server: Server): Server {
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = HEADERS_TIMEOUT;
  server.requestTimeout = REQUEST_TIMEOUT;
  server.keepAliveTimeout = KEEP_ALIVE;
  return server;
}

async function untilAbort(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
