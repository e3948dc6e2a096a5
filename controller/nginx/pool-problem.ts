/** What of a pool nginx could not be given. Such a pool is left out, and the others are served. */
import { parseIpv6 } from "../net/ipv6.ts";
import { formatListener, type ListenerConflict } from "./listeners.ts";
import type { Pool, PoolBackend } from "./model.ts";
import { HOST, unwritable } from "./serialize.ts";

export interface PoolProblem {
  readonly pool: string;
  readonly message: string;
}

/** A page that no browser shows at once; four times what a manifest may hold, since a character has up to four bytes. */
const BODY_CHARACTERS_MAX = 65_536;
const CONTENT_TYPE = /^[a-z]+\/[a-z0-9.+-]+(; ?charset=[A-Za-z0-9-]+)?$/;
/** Two DNS labels: a name from outside is not trusted either, for it becomes the name of the upstream. */
const POOL_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** null for a pool that can be rendered. */
export function problemOf(pool: Pool): PoolProblem | null {
  const message =
    [
      POOL_NAME.test(pool.name) ? null : "its name is not NAMESPACE/NAME",
      ...pool.ports.map((port) => (isPort(port) ? null : `${port} is not a port`)),
      ...pool.backends.map(backendProblem),
      pageProblem(pool),
    ].find((problem) => problem !== null) ?? null;
  return message === null ? null : { pool: pool.name, message };
}

export function conflictProblem({ pool, listener, heldBy }: ListenerConflict): PoolProblem {
  return { pool, message: `${formatListener(listener)} is served by ${heldBy} already` };
}

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

function backendProblem({ address, port, weight }: PoolBackend): string | null {
  const isIpv6 = parseIpv6(address) !== null;
  if (!isIpv6 && (!HOST.test(address) || address === "*"))
    return `${JSON.stringify(address)} is not an address or a host name`;
  if (!isPort(port)) return `${port} is not a port`;
  return Number.isInteger(weight) && weight >= 1 ? null : `${weight} is not a weight`;
}

function pageProblem({ sorryPage }: Pool): string | null {
  if (sorryPage === null) return null;
  const { body, contentType, status } = sorryPage;
  if (body.length > BODY_CHARACTERS_MAX)
    return `its sorry page is longer than ${BODY_CHARACTERS_MAX} characters`;
  const problem = unwritable(body);
  if (problem !== null) return `the body of its sorry page ${problem}`;
  if (!CONTENT_TYPE.test(contentType)) return "the content type of its sorry page is not a media type";
  return Number.isInteger(status) && status >= 200 && status <= 599
    ? null
    : "the status of its sorry page is not between 200 and 599";
}
