/** The node's own certificate authority: it vouches for the API, and for those who may use it. */
import type { WallTime } from "../net/time.ts";

export interface Credentials {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
  readonly expires: WallTime;
}

/** As in the subject of a client certificate of Kubernetes: CN and O. */
export interface Subject {
  readonly user: string;
  readonly groups: readonly string[];
}

export interface Authority {
  /** PEM: what a client must know to trust the API. */
  readonly certificate: string;
  /** For the API itself. `names`: host names and addresses under which it is reached. */
  issueServer(names: readonly string[]): Credentials;
  issueClient(subject: Subject, days: number): Credentials;
}
