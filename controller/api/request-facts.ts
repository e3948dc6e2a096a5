/** What a request shows of who sent it. */
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { WallTime } from "../net/time.ts";

/** A client certificate, as the handshake left it. */
export interface PeerCertificate {
  /** null: signed by our authority, in force, and meant for clients. Else what OpenSSL has against it. */
  readonly problem: string | null;
  /** All of them: a subject with two is none of ours. */
  readonly commonNames: readonly string[];
  readonly organisations: readonly string[];
  readonly expires: WallTime;
}

export interface RequestFacts {
  /** `127.0.0.1`, or `socket`. */
  readonly source: string;
  /** Only root can open the agent's socket: the kernel has asked. */
  readonly isLocalRoot: boolean;
  /** null: none was shown. */
  readonly peer: PeerCertificate | null;
  /** The header; null: there is none. */
  readonly authorization: string | null;
  /** `kubectl --as`. */
  readonly isImpersonating: boolean;
}

type Request = Pick<IncomingMessage, "socket" | "headers">;

/** Of a request that came to the agent's unix socket. Which listener it was only the server can know: a socket that is gone has no address either. */
export const localFacts = (request: Request): RequestFacts => ({
  ...headerFacts(request),
  source: "socket",
  isLocalRoot: true,
  peer: null,
});

/** Of a request that came over the network. Without TLS it shows no certificate, and its token is on the wire for all to read. */
export const networkFacts = (request: Request): RequestFacts => ({
  ...headerFacts(request),
  source: request.socket.remoteAddress ?? "",
  isLocalRoot: false,
  peer: request.socket instanceof TLSSocket ? peerOf(request.socket) : null,
});

const headerFacts = ({ headers }: Request) => ({
  authorization: headers.authorization ?? null,
  isImpersonating: Object.keys(headers).some((name) => name.startsWith("impersonate-")),
});

/** The server asks for a certificate and lets every connection in, since a token may come instead: OpenSSL's verdict is in `authorized`. */
function peerOf(socket: TLSSocket): PeerCertificate | null {
  // Empty when none was shown, null when the connection is gone; Node.js's types know neither.
  const certificate: Partial<ReturnType<TLSSocket["getPeerCertificate"]>> | null =
    socket.getPeerCertificate();
  if (certificate?.subject === undefined) return null;
  const { subject, valid_to: validTo = "" } = certificate;
  return {
    problem: socket.authorized ? null : String(socket.authorizationError),
    commonNames: listOf(subject.CN),
    organisations: listOf(subject.O),
    expires: Date.parse(validTo) as WallTime,
  };
}

/** Node.js gives a list only where there are several. */
const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;
