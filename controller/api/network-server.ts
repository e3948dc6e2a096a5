/** The API over TLS. That its address cannot be had is no reason to let go of others: the agent goes on, and tries again. */
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyReply } from "fastify";
import { millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import { answerBrokenRequest } from "./broken-request.ts";
import { Connections } from "./connections.ts";
import { type KubeServerParts, sendBadPath, serveKubeApi } from "./kube-server.ts";
import type { Times } from "./limits.ts";
import { lingerAtTheEnd } from "./linger.ts";
import type { ServerCertificate } from "./server-certificate.ts";

const RETRY_INTERVAL = millis(5_000);

export interface NetworkApi extends Omit<KubeServerParts, "signal" | "letIn"> {
  /** `127.0.0.1:7443`. */
  readonly listen: string;
  readonly certificate: Pick<ServerCertificate, "tls" | "run">;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: Times;
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
  const { listen, certificate, log, limits } = parts;
  const connections = new Connections();
  const server = fastify({
    forceCloseConnections: true,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (_error, _request, reply) => {
      sendBadPath(reply as FastifyReply, limits.stall);
    },
    serverFactory: (handler) => createPatientServer(parts, connections, handler),
  });
  await serveKubeApi(server, {
    ...parts,
    letIn: (socket, user) => connections.letIn(socket, user),
    signal,
  });
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

/** So patient, and no more. */
function createPatientServer(
  { certificate, times }: NetworkApi,
  connections: Connections,
  handler: RequestListener,
): Server {
  const options = {
    ...certificate.tls,
    handshakeTimeout: times.handshake,
    headersTimeout: times.head,
    requestTimeout: times.request,
    connectionsCheckingInterval: times.look,
    keepAliveTimeout: times.keepAlive,
    // Judged at the door, with words.
    requireHostHeader: false,
  };
  const server = createServer(options, handler);
  // Node.js would answer without a word of ours: let the request be judged like any other.
  server.on("checkExpectation", handler);
  server.on("secureConnection", lingerAtTheEnd);
  connections.watch(server);
  return server;
}

async function untilAbort(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
