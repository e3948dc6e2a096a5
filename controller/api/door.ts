/** Who may come in with a request: asked when its head is read, so that no stranger's body is. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { isAnonymousPath } from "../object/authorize.ts";
import { isTrue } from "../object/list-options.ts";
import { badRequest, isRefusal, type Refusal } from "../object/refusal.ts";
import type { Clock } from "../port/clock.ts";
import { Admission, type Ticket } from "./admission.ts";
import type { Authenticator } from "./authenticate.ts";
import type { Limits } from "./limits.ts";
import { Pipelines } from "./pipelines.ts";
import type { User } from "./request.ts";
import type { RequestFacts } from "./request-facts.ts";

export interface DoorParts {
  /** What a request shows of who sent it. */
  readonly factsOf: (request: IncomingMessage) => RequestFacts;
  readonly authenticator: Pick<Authenticator, "authenticate">;
  readonly limits: Limits;
  readonly clock: Pick<Clock, "now">;
  /** Called for each connection of a user who is known. */
  readonly letIn?: (socket: Socket, user: string) => void;
}

export interface Visit {
  readonly user: User;
  /** As in `RequestFacts`. */
  readonly source: string;
  /** Without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly ticket: Ticket;
}

/** Its name is followed by the address that asks: nobody can use up what there is for probes elsewhere. */
const NOBODY = "system:anonymous";

export class Door {
  readonly #parts: DoorParts;
  readonly #admission: Admission;
  readonly #pipelines = new Pipelines();

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.#admission = new Admission(parts.limits, parts.clock);
  }

  /** null: there is nobody to answer to, or should not be: the connection is to be ended. */
  async enter(request: IncomingMessage, response: ServerResponse): Promise<Visit | Refusal | null> {
    let ticket: Ticket | null = null;
    let isOver = false;
    const isOpen = this.#pipelines.begin(request.socket, response, () => {
      isOver = true;
      ticket?.giveBack();
    });
    if (!isOpen) return null;
    if (request.httpVersion === "1.1" && request.headers.host === undefined)
      return badRequest("the request has no Host, which HTTP/1.1 asks for");
    const visitor = await this.#recognise(request);
    if (isRefusal(visitor)) return visitor;
    if (isOver) return null;
    const { user, account } = visitor;
    const isWatch = isReading(request) && isTrue(visitor.query.get("watch") ?? "");
    const admitted = this.#admission.admit(account, isWatch);
    if (isRefusal(admitted)) return admitted;
    ticket = admitted;
    const { source, path, query } = visitor;
    return { user, source, path, query, ticket };
  }

  async #recognise(request: IncomingMessage): Promise<Visitor | Refusal> {
    const { url = "", socket } = request;
    const [path = ""] = url.split("?", 1);
    const facts = this.#parts.factsOf(request);
    const { source } = facts;
    const query = new URLSearchParams(url.slice(path.length + 1));
    const place = { source, path, query };
    if (isAnonymousPath(path))
      return { ...place, user: { name: NOBODY, groups: [] }, account: `${NOBODY} ${source}` };
    const user = await this.#parts.authenticator.authenticate(facts);
    if (isRefusal(user)) return user;
    this.#parts.letIn?.(socket, user.name);
    return { ...place, user, account: user.name };
  }
}

interface Visitor extends Omit<Visit, "ticket"> {
  /** On which what they do is counted. */
  readonly account: string;
}

const isReading = ({ method }: IncomingMessage): boolean => method === "GET" || method === "HEAD";
