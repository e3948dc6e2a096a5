/** A rendered configuration with its name, which is made of its own bytes: same work, same release, on every node. */
import type { ProxyModel } from "./model.ts";
import type { PoolProblem } from "./pool-problem.ts";
import { renderProxy } from "./render.ts";

/** `id` is the first twelve hex digits of the SHA-256 of the text as it is with `UNNAMED` for an id. */
export interface NginxRelease {
  readonly id: string;
  readonly text: string;
  /** Ports on which the release listens. */
  readonly ports: readonly number[];
  /** Names that nginx looks up itself when it reads the release. Its test then needs the network. */
  readonly hostNames: readonly string[];
}

export interface SealedRelease {
  readonly release: NginxRelease;
  readonly problems: readonly PoolProblem[];
}

export const RELEASE_ID = /^[0-9a-f]{12}$/;
const UNNAMED = "000000000000";

/** `sha256` answers in hex. */
export function sealRelease(model: ProxyModel, sha256: (text: string) => string): SealedRelease {
  const id = sha256(renderProxy(model, UNNAMED).text).slice(0, UNNAMED.length);
  const { text, ports, hostNames, problems } = renderProxy(model, id);
  return { release: { id, text, ports, hostNames }, problems };
}
