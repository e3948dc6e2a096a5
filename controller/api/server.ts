/**
 * The agent's local API on a unix socket: what `holdfast status`, `why`, `drain`, `undrain` and `backup` ask. Only root
 * can open the socket.
 * The API of Kubernetes' clients stands beside it on the same server.
 */
import { chmod, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import fastify, { type FastifyInstance } from "fastify";
import type { AgentReport } from "../plan/report.ts";
import { explainResource, type History, kindOf, NO_HISTORY } from "../plan/why.ts";
import type { NodeDrain } from "../reconcile/drain.ts";
import type { Transition } from "../vrrp/virtual-router.ts";
import { serveDrain } from "./drain-server.ts";
import { lingerAtTheEnd } from "./linger.ts";

/** A reason of 200 characters fits in any script. */
const BODY_BYTES_MAX = 4096;

export interface LocalApi {
  readonly socketPath: string;
  readonly report: () => Promise<AgentReport>;
  /** The changes of role of a router, e.g. `default/web`, oldest first. */
  readonly transitions: (router: string) => Promise<readonly Transition[]>;
  readonly drain: Pick<NodeDrain, "view" | "begin" | "end">;
  /** The lines of a backup of the store. */
  readonly backup: () => Promise<Iterable<string>>;
  /** Called when a client asks for another look at everything, as SIGHUP does. */
  readonly wake: () => void;
  /** Puts the API of Kubernetes' clients beside the rest. */
  readonly mount: (server: FastifyInstance, signal: AbortSignal) => Promise<void>;
}

interface WhyRequest {
  readonly Params: { readonly kind: string; readonly name: string };
  readonly Querystring: { readonly history?: string };
}

/** Serves until `signal` aborts. */
export async function serveLocalApi(
  { socketPath, report, transitions, drain, backup, wake, mount }: LocalApi,
  signal: AbortSignal,
): Promise<void> {
  const server = fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  server.server.on("connection", lingerAtTheEnd);
  server.get("/v1/status", () => report());
  server.get<WhyRequest>("/v1/why/:kind/:name", async (request, reply) => {
    const { kind: word, name } = request.params;
    const kind = kindOf(word);
    const current = await report();
    const history: History =
      kind === "VirtualIP"
        ? {
            transitions: await transitions(`${current.namespace}/${name}`),
            shown: Number(request.query.history ?? 0),
          }
        : NO_HISTORY;
    const lines = kind === null ? null : explainResource(current, kind, name, history);
    return lines === null
      ? reply.code(404).send({ message: `there is no ${word} named ${name}` })
      : { lines };
  });
  server.get("/v1/backup", async (_request, reply) =>
    reply.type("application/jsonl").send(Readable.from(await backup())),
  );
  server.post("/v1/wake", async (_request, reply) => {
    wake();
    return reply.code(204).send();
  });
  serveDrain(server, drain);
  await mount(server, signal);
  // A socket file that a killed agent left behind refuses connections and keeps us from listening.
  await rm(socketPath, { force: true });
  await server.listen({ path: socketPath });
  await chmod(socketPath, 0o600);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.close();
}
