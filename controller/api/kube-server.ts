/** Carries the API over HTTP: on whatever server it is put, behind whatever says who asks. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isAnonymousPath, READABLE_PATHS } from "../object/authorize.ts";
import { isTrue } from "../object/list-options.ts";
import {
  badRequest,
  isRefusal,
  type Refusal,
  refuse,
  tooLarge,
  tooManyRequests,
  unsupportedMediaType,
} from "../object/refusal.ts";
import type { Log } from "../port/log.ts";
import { type Answer, answerRefusal, type Stream } from "./answer.ts";
import type { Authenticator } from "./authenticate.ts";
import type { KubeApi } from "./kube-api.ts";
import type { ApiRequest, User } from "./request.ts";
import type { RequestFacts } from "./request-facts.ts";

/** What the store takes of one object, and kubectl's copy of it in an annotation. */
const BODY_BYTES_MAX = 2_000_000;
/** Hardly more than one screen per operator and a handful of programs. */
const WATCHES_MAX = 500;
/** Of a watch, waiting for a client that reads slowly; it lists anew. */
const UNREAD_BYTES_MAX = 4_000_000;
const RETRY_SECONDS = 5;

export interface KubeServerParts {
  readonly api: KubeApi;
  /** What a request shows of who sent it. */
  readonly factsOf: (request: IncomingMessage) => RequestFacts;
  readonly authenticator: Pick<Authenticator, "authenticate">;
  readonly log: Log;
  /** Aborts when the server is to end: watches end first. */
  readonly signal: AbortSignal;
}

/** Adds the API's paths, beside whatever else the server serves. */
export async function serveKubeApi(server: FastifyInstance, parts: KubeServerParts): Promise<void> {
  const watches = { count: 0 };
  await server.register(async (own) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    own.setErrorHandler((error, _request, reply) => send(reply, answerRefusal(refusalOf(error, parts.log))));
    for (const url of READABLE_PATHS) {
      own.route({
        method: ["GET", "POST", "PUT", "PATCH", "DELETE"],
        url,
        bodyLimit: BODY_BYTES_MAX,
        handler: (request, reply) => handle(parts, watches, request, reply),
      });
    }
  });
}

const NOBODY: User = { name: "system:anonymous", groups: [] };

async function handle(
  parts: KubeServerParts,
  watches: { count: number },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const [path = ""] = request.url.split("?", 1);
  const facts = parts.factsOf(request.raw);
  const user = isAnonymousPath(path) ? NOBODY : await parts.authenticator.authenticate(facts);
  if (isRefusal(user)) return send(reply, answerRefusal(user));
  const asked = requestOf(request, path, user, facts.source);
  if (isTrue(asked.parameters("watch")) && watches.count >= WATCHES_MAX)
    return send(
      reply,
      answerRefusal(
        tooManyRequests(
          `${WATCHES_MAX} watches are open already, which is as many as are served`,
          RETRY_SECONDS,
        ),
      ),
    );
  const answer = await parts.api.answer(asked);
  if (answer.type === "answer") return send(reply, answer);
  watches.count += 1;
  try {
    await stream(reply, answer, parts.signal);
  } finally {
    watches.count -= 1;
  }
  return reply;
}

function requestOf(
  { method, url, headers, body }: FastifyRequest,
  path: string,
  user: User,
  source: string,
): ApiRequest {
  const query = new URLSearchParams(url.slice(path.length + 1));
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

function send(reply: FastifyReply, { status, mediaType, headers, text }: Answer): FastifyReply {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  return reply
    .code(status)
    .header("Content-Type", mediaType)
    .send(status === 304 ? undefined : text);
}

/** Its headers go at once: a client waits for them before it believes that it watches. */
async function stream(reply: FastifyReply, { run }: Stream, signal: AbortSignal): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-cache, private" });
  raw.flushHeaders();
  const gone = new AbortController();
  const end = (): void => gone.abort();
  // Of the answer: the request closes as soon as its body, which is empty, has been read.
  raw.once("close", end);
  signal.addEventListener("abort", end, { once: true });
  try {
    await run((text) => tell(raw, text), gone.signal);
  } finally {
    signal.removeEventListener("abort", end);
    raw.end();
  }
}

function tell(raw: ServerResponse, text: string): boolean {
  if (raw.destroyed) return false;
  raw.write(text);
  return raw.writableLength < UNREAD_BYTES_MAX;
}

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
