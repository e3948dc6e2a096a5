/** The node's own certificate authority: it vouches for the API, and for those who may use it. */
import type { WallTime } from "../net/time.ts";
import type { Subject } from "../object/access-review.ts";

export interface Credentials {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
  readonly expires: WallTime;
}

export interface Authority {
  /** PEM: what a client must know to trust the API. */
  readonly certificate: string;
  /** For the API itself. `names`: host names and addresses under which it is reached. */
  issueServer(names: readonly string[]): Promise<Credentials>;
  /** With the name as CN and the groups as O of its subject, where Kubernetes has them. */
  issueClient(subject: Subject, days: number): Promise<Credentials>;
}
