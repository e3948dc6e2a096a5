/**
 * Who sends a request: by the socket it came through, by a client certificate, by a bearer token, in this order. Who is
 * refused is told no reason; the log has it. From an address that was refused too often no new token is looked at for a while.
 */
import { createHash } from "node:crypto";
import { rfc3339, type WallTime } from "../net/time.ts";
import { type Identity, identityOf, LOCAL_ROOT, roleOfGroups } from "../object/identity.ts";
import {
  impersonationForbidden,
  internalError,
  type Refusal,
  tooManyRequests,
  unauthorized,
} from "../object/refusal.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { ATTEMPTS } from "./limits.ts";
import { RateLimit, secondsOf } from "./rate-limit.ts";
import type { PeerCertificate, RequestFacts } from "./request-facts.ts";
import { SparingLog } from "./sparing-log.ts";
import { TOKENS_MAX, type Tokens, type TokenVerdict } from "./tokens.ts";

export interface AuthenticatorParts {
  readonly tokens: Pick<Tokens, "judge">;
  readonly clock: Pick<Clock, "now" | "wallTime">;
  readonly log: Log;
}

export class Authenticator {
  readonly #tokens: Pick<Tokens, "judge">;
  readonly #clock: Pick<Clock, "now" | "wallTime">;
  readonly #log: SparingLog;
  /** Of everybody who may be nobody. */
  readonly #attempts: RateLimit;
  /** Headers that have let somebody in; they may be revoked since. */
  readonly #known = new Set<string>();

  constructor({ tokens, clock, log }: AuthenticatorParts) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#log = new SparingLog(log, clock);
    this.#attempts = new RateLimit(ATTEMPTS, clock);
  }

  /** Never rejects. */
  async authenticate(facts: RequestFacts): Promise<Identity | Refusal> {
    const identity = await this.#recognise(facts);
    if (!("role" in identity)) return identity;
    // To overlook it would run a command with more rights than its user asked for.
    return facts.isImpersonating ? impersonationForbidden(identity.name) : identity;
  }

  async #recognise(facts: RequestFacts): Promise<Identity | Refusal> {
    if (facts.isLocalRoot) return LOCAL_ROOT;
    const now = this.#clock.wallTime();
    const ofPeer = facts.peer === null ? null : judgePeer(facts.peer, now);
    if (ofPeer?.ok === true) return ofPeer.identity;
    const { source, authorization } = facts;
    const mark = authorization === null ? "" : markOf(authorization);
    // Who guesses must not keep those out whose token is good and who ask from the same address.
    if (!this.#known.has(mark)) {
      const wait = this.#attempts.take(source);
      if (wait > 0) return tooManyRequests("too many requests by somebody unknown", secondsOf(wait));
    }
    try {
      const ofToken = await this.#judgeAuthorization(authorization, now);
      if (ofToken?.ok === true) {
        this.#remember(mark);
        return ofToken.identity;
      }
      this.#known.delete(mark);
      const reasons = [ofPeer, ofToken].flatMap((verdict) =>
        verdict?.ok === false ? [verdict.because] : [],
      );
      const because =
        reasons.length === 0 ? "neither a certificate nor a token was shown" : reasons.join("; ");
      this.#log.info("the API has refused somebody unknown", { source, because });
      return unauthorized();
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      this.#log.error("tokens cannot be checked", { error: error.message });
      return internalError("the tokens of this node cannot be read; the log of its agent says why");
    }
  }

  #remember(mark: string): void {
    // Clients may write it in more ways than there are tokens.
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.add(mark);
  }

  async #judgeAuthorization(header: string | null, now: WallTime): Promise<TokenVerdict | null> {
    if (header === null) return null;
    const token = BEARER.exec(header)?.[1];
    return token === undefined
      ? { ok: false, because: "the authorization is not a bearer token" }
      : await this.#tokens.judge(token, now);
  }
}

const KNOWN_MAX = 2 * TOKENS_MAX;

/** Not the header itself: of tokens nothing but hashes is kept. */
const markOf = (authorization: string): string => createHash("sha256").update(authorization).digest("base64");

/** The scheme's case is free (RFC 9110 §11.1). */
const BEARER = /^bearer +(\S+) *$/i;

export function judgePeer(peer: PeerCertificate, now: WallTime): TokenVerdict {
  const [name, second] = peer.commonNames;
  const role = roleOfGroups(peer.organisations);
  if (peer.problem !== null) return { ok: false, because: `the client certificate: ${peer.problem}` };
  // OpenSSL looked when the connection began, or when the session that it resumes did.
  if (!(now < peer.expires)) return { ok: false, because: expiredText(peer.expires) };
  if (name === undefined || second !== undefined)
    return { ok: false, because: "the client certificate names nobody, or several" };
  if (role === null) return { ok: false, because: `the client certificate of ${name} gives no role` };
  return { ok: true, identity: identityOf(name, role) };
}

const expiredText = (expires: WallTime): string =>
  Number.isNaN(expires)
    ? "the client certificate does not say how long it is good for"
    : `the client certificate has expired at ${rfc3339(expires)}`;
