/** A pool as nginx's upstream and server. */
import { inAuthority } from "../net/authority.ts";
import { isWildcard, type Listener } from "./listeners.ts";
import type { Pool, PoolBackend } from "./model.ts";
import { answerErrors, type NumberedPage, renderPageLocation } from "./sorry-page.ts";
import {
  type Argument,
  address,
  block,
  type Directive,
  directive,
  expression,
  int,
  ms,
  parameter,
  sec,
  size,
  type Variable,
  variable,
  word,
} from "./syntax.ts";

/** 64 KiB hold the group itself; each server takes less than one more (measured: 0.8). */
const ZONE_BASE_KIB = 64;
/** Idle connections to backends that each worker keeps. */
const IDLE_CONNECTIONS = 32;
/** Shorter than the 5 s after which Node.js and Apache close: a request on a connection just closed would be lost. */
const IDLE_CONNECTION_SECONDS = 4;
/** How many backends are asked for one request before nginx gives up. */
const TRIES_MAX = 4;
/** How long a backend that failed gets no requests where nobody probes it. */
const UNPROBED_REST_SECONDS = 5;
/** The probes will say what is to be done: nginx bridges the time until they have. */
const PROBED_REST_SECONDS_MAX = 10;

/** The identifier of the pool in nginx: a dot occurs in neither part of the name, so it is unique. */
export const upstreamName = (pool: Pool): string => pool.name.replace("/", ".");

/** null where there is no backend: nginx takes no empty upstream. */
export function renderUpstream(pool: Pool): Directive | null {
  const backends = rotation(pool);
  if (backends.length === 0) return null;
  return block(
    "upstream",
    [word(upstreamName(pool))],
    [
      // In shared memory, so that the turns of all workers together are one round.
      directive("zone", word(upstreamName(pool)), size(ZONE_BASE_KIB + backends.length)),
      ...(pool.algorithm === "LeastConnections" ? [directive("least_conn")] : []),
      ...backends.map((backend) => renderBackend(backend, pool, backends.length)),
      // After the algorithm, which would silently displace it.
      directive("keepalive", int(IDLE_CONNECTIONS)),
      directive("keepalive_timeout", sec(IDLE_CONNECTION_SECONDS)),
    ],
  );
}

export interface PoolServer {
  readonly pool: Pool;
  readonly listeners: readonly Listener[];
  readonly page: NumberedPage | null;
}

export function renderServer({ pool, listeners, page }: PoolServer): Directive {
  return block(
    "server",
    [],
    [
      ...listeners.map(renderListener),
      // What $host is for a client of HTTP/1.0 that names none.
      directive("server_name", word("_")),
      block(
        "location",
        [word("/")],
        [
          ...(page === null ? [] : [answerErrors(page)]),
          ...(pool.backends.length === 0 ? [directive("return", int(503))] : renderProxying(pool)),
        ],
      ),
      ...(page === null ? [] : [renderPageLocation(page)]),
    ],
  );
}

export function renderListener(listener: Listener): Directive {
  // Never `bind` or `reuseport`: then nginx would want a socket for the address alone.
  return directive(
    "listen",
    address(listener.host, listener.port),
    ...(isWildcard(listener) ? [word("default_server")] : []),
  );
}

/** The backends; when only backups are left, nginx takes them for an empty group unless they are the regular ones. */
function rotation({ backends }: Pool): readonly PoolBackend[] {
  const onlyBackups = backends.every(({ backup }) => backup);
  return onlyBackups ? backends.map((backend) => ({ ...backend, backup: false })) : backends;
}

function renderBackend(backend: PoolBackend, pool: Pool, liveCount: number): Directive {
  return directive(
    "server",
    address(inAuthority(backend.address), backend.port),
    parameter("weight", int(backend.weight)),
    ...restAfterFailure(pool, liveCount),
    ...(backend.backup ? [word("backup")] : []),
  );
}

function restAfterFailure(pool: Pool, liveCount: number): Argument[] {
  // The only one is never set aside: one error would turn every client away until the rest is over.
  if (liveCount === 1) return [parameter("max_fails", int(0))];
  const { checkInterval } = pool;
  const seconds =
    checkInterval === null
      ? UNPROBED_REST_SECONDS
      : Math.min(Math.max(Math.ceil(checkInterval / 1000), 1), PROBED_REST_SECONDS_MAX);
  return [parameter("max_fails", int(1)), parameter("fail_timeout", sec(seconds))];
}

function renderProxying(pool: Pool): Directive[] {
  const tries = Math.min(pool.backends.length, TRIES_MAX);
  return [
    directive("proxy_pass", expression(`http://${upstreamName(pool)}`)),
    directive("proxy_connect_timeout", ms(Math.round(pool.connectTimeout))),
    directive("proxy_next_upstream", word("error"), word("timeout")),
    directive("proxy_next_upstream_tries", int(tries)),
    directive("proxy_next_upstream_timeout", ms(Math.round(pool.connectTimeout * tries))),
  ];
}

/** The same for every pool, so they stand in the http block. */
export function renderProxyDefaults(): Directive[] {
  const header = (name: string, ...parts: (string | Variable)[]): Directive =>
    directive("proxy_set_header", word(name), expression(...parts));
  return [
    // A WebSocket alone may ask for an upgrade: a backend that took h2c would be spoken to past this proxy. An empty
    // value takes the header away, which also keeps the connection to the backend.
    block(
      "map",
      [variable("http_upgrade"), variable("holdfast_upgrade")],
      [directive("default", expression("")), directive("websocket", word("websocket"))],
    ),
    block(
      "map",
      [variable("http_upgrade"), variable("holdfast_connection")],
      [directive("default", expression("")), directive("websocket", word("upgrade"))],
    ),
    block(
      "map",
      [variable("http_host"), variable("holdfast_host")],
      [directive("", variable("host")), directive("default", variable("http_host"))],
    ),
    directive("proxy_http_version", word("1.1")),
    header("Host", variable("holdfast_host")),
    header("Connection", variable("holdfast_connection")),
    header("Upgrade", variable("holdfast_upgrade")),
    // Replaced, not appended to: this is the edge, and what a client claims of itself is not believed.
    header("X-Real-IP", variable("remote_addr")),
    header("X-Forwarded-For", variable("remote_addr")),
    header("X-Forwarded-Host", variable("holdfast_host")),
    header("X-Forwarded-Port", variable("server_port")),
    header("X-Forwarded-Proto", variable("scheme")),
    header("Forwarded", ""),
    // A CGI program would take the client's Proxy header for its own setting (CVE-2016-5385).
    header("Proxy", ""),
    directive("proxy_redirect", word("off")),
    // A response larger than the buffers waits for its client in the backend, not on this node's disk.
    directive("proxy_max_temp_file_size", int(0)),
  ];
}
