/** Carries the API over HTTP: on whatever server it is put, behind whatever says who asks. */
import { setMaxListeners } from "node:events";
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Millis } from "../net/time.ts";
import { READABLE_PATHS } from "../object/authorize.ts";
import {
  badRequest,
  isRefusal,
  noSuchPath,
  type Refusal,
  refuse,
  tooLarge,
  unsupportedMediaType,
} from "../object/refusal.ts";
import type { Clock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import { type Answer, answerRefusal } from "./answer.ts";
import { Door, type DoorParts, type Visit } from "./door.ts";
import type { KubeApi } from "./kube-api.ts";
import { BODY_BYTES_MAX } from "./limits.ts";
import type { ApiRequest } from "./request.ts";
import { SparingLog } from "./sparing-log.ts";
import { sendStream } from "./stream.ts";

export interface KubeServerParts extends DoorParts {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the server is to end: watches end first. */
  readonly signal: AbortSignal;
}

/** Adds the API's paths, beside whatever else the server serves. */
export async function serveKubeApi(server: FastifyInstance, parts: KubeServerParts): Promise<void> {
  const { limits, clock, signal } = parts;
  // Each watch listens to it.
  setMaxListeners(0, signal);
  const log = new SparingLog(parts.log, clock);
  const door = new Door(parts);
  const visits = new WeakMap<FastifyRequest, Visit>();
  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const visit = visits.get(request);
    if (visit === undefined) throw new Error("a request came past the door");
    return await handle(parts, visit, request, reply);
  };
  await server.register(async (own) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_BYTES_MAX }, (_request, body, done) =>
      done(null, body),
    );
    own.setErrorHandler((error, _request, reply) => sendRefusal(reply, refusalOf(error, log), limits.stall));
    own.addHook("onRequest", async (request, reply) => {
      const visit = await door.enter(request.raw, reply.raw);
      if (visit === null) {
        reply.hijack();
        request.raw.destroy();
      } else if (isRefusal(visit)) {
        // Nobody is going to read the body.
        if (hasBody(request.raw)) reply.header("Connection", "close");
        sendRefusal(reply, visit, limits.stall);
      } else visits.set(request, visit);
    });
    for (const url of READABLE_PATHS)
      own.route({ method: ["GET", "POST", "PUT", "PATCH", "DELETE"], url, handler: serve });
    // Other paths, other methods: whoever is let in is told that there is nothing.
    own.setNotFoundHandler(serve);
  });
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

async function handle(
  { api, clock, limits, signal }: KubeServerParts,
  visit: Visit,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { stall } = limits;
  const answer = await api.answer(requestOf(request, visit));
  if (answer.type === "answer") {
    visit.ticket.answered(answer.text.length);
    return send(reply, answer, stall);
  }
  reply.hijack();
  await sendStream(reply.raw, answer, { clock, stall, signal });
  return reply;
}

function requestOf(
  { method, headers, body }: FastifyRequest,
  { user, source, path, query }: Visit,
): ApiRequest {
  return {
    method,
    path,
    parameters: (name) => query.get(name) ?? "",
    parameterList: (name) => query.getAll(name),
    header: (name) => String(headers[name] ?? ""),
    body: body instanceof Uint8Array ? body : new Uint8Array(),
    user,
    source,
  };
}

const sendRefusal = (reply: FastifyReply, refusal: Refusal, stall: Millis): FastifyReply =>
  send(reply, answerRefusal(refusal), stall);

function send(
  reply: FastifyReply,
  { status, mediaType, headers, text }: Answer,
  stall: Millis,
): FastifyReply {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  // Whoever does not take the answer loses the connection.
  reply.raw.setTimeout(stall);
  return reply
    .code(status)
    .header("Content-Type", mediaType)
    .send(status === 304 ? undefined : text);
}

/** Of a path that is not even well encoded; nobody is asked who he is. */
export const sendBadPath = (reply: FastifyReply, stall: Millis): FastifyReply =>
  sendRefusal(reply, noSuchPath(), stall);

interface HttpFailure {
  readonly statusCode?: number;
  readonly message: string;
}

/** What fastify refuses is the client's doing; anything else is a bug, which the client is told of no more than that. */
function refusalOf(error: unknown, log: Log): Refusal {
  const { statusCode = 500, message } = error as HttpFailure;
  switch (statusCode) {
    case 413:
      return tooLarge(`the body is larger than ${BODY_BYTES_MAX} bytes`);
    case 415:
      return unsupportedMediaType(message);
    default:
      if (statusCode >= 400 && statusCode < 500) return badRequest(message);
      log.error("a request to the API met a fault of this program", {
        error: error instanceof Error ? error.stack : String(error),
      });
      return refuse(500, "InternalError", "Internal error occurred: see the agent's log");
  }
}
