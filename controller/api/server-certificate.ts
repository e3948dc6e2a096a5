/** The API's own certificate: made anew at each start, and long before it runs out, without a break of any connection. */
import { isIP } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { millis, type WallTime } from "../net/time.ts";
import type { Authority, Credentials } from "../port/authority.ts";
import type { Clock } from "../port/clock.ts";

const LOOK_EVERY = millis(3_600_000);
/** Clients may be a little ahead, and the agent may be stopped for a while. */
const RENEW_BEFORE_MS = 30 * 86_400_000;

/** `listen`: `ADDRESS:PORT`, `[ADDRESS]:PORT`. Whoever reaches the API by another name says `tls-server-name: localhost`. */
export function serverNames(node: string, listen: string): readonly string[] {
  const address = listen.slice(0, listen.lastIndexOf(":")).replaceAll(/[[\]]/g, "");
  const isNamed = isIP(address) !== 0 && !["0.0.0.0", "::"].includes(address);
  return [...new Set(["localhost", "127.0.0.1", "::1", node, ...(isNamed ? [address] : [])])];
}

/** For `https.createServer` and `setSecureContext`. A certificate is asked for, and judged by `Authenticator`, since a token may come instead. */
export interface ServerTls extends SecureContextOptions {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly requestCert: true;
  readonly rejectUnauthorized: false;
}

export interface ServerCertificateParts {
  readonly authority: Authority;
  readonly names: readonly string[];
  readonly clock: Clock;
}

export class ServerCertificate {
  readonly #parts: ServerCertificateParts;
  #credentials: Credentials;
  #made: WallTime;

  static async issue(parts: ServerCertificateParts): Promise<ServerCertificate> {
    const made = parts.clock.wallTime();
    return new ServerCertificate(parts, made, await parts.authority.issueServer(parts.names));
  }

  private constructor(parts: ServerCertificateParts, made: WallTime, credentials: Credentials) {
    this.#parts = parts;
    this.#made = made;
    this.#credentials = credentials;
  }

  get tls(): ServerTls {
    const { certificate: cert, privateKey: key } = this.#credentials;
    const { certificate: ca } = this.#parts.authority;
    return { cert, key, ca, minVersion: "TLSv1.2", requestCert: true, rejectUnauthorized: false };
  }

  /** Until `signal` aborts: hands out each new certificate, for `setSecureContext`, which leaves open connections alone. */
  async run(use: (tls: ServerTls) => void, signal: AbortSignal): Promise<void> {
    const { authority, names, clock } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY, signal);
      const now = clock.wallTime();
      // A clock that was set back makes the certificate one of the future.
      const isDue = now < this.#made || now > this.#credentials.expires - RENEW_BEFORE_MS;
      if (signal.aborted || !isDue) continue;
      this.#made = now;
      this.#credentials = await authority.issueServer(names);
      use(this.tls);
    }
  }
}
