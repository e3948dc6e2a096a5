/**
 * The whole configuration of nginx from the pools. Same model, same bytes, in whatever order the pools come.
 *
 * What belongs to the place and not to the work (user, pid file, error log) is not in it: the host gives it on the command
 * line, so that the very bytes that are to serve can be tested elsewhere first.
 */
import { parseIpAddress } from "../net/ip.ts";
import { type Listener, type Listening, listening } from "./listeners.ts";
import type { Pool, ProxyModel } from "./model.ts";
import { conflictProblem, type PoolProblem, problemOf } from "./pool-problem.ts";
import { renderListener, renderProxyDefaults, renderServer, renderUpstream } from "./render-pool.ts";
import { DOLLAR, serialize } from "./serialize.ts";
import { countPieces, numberedPage, numberPages, type Pages, renderBodies } from "./sorry-page.ts";
import {
  block,
  type Directive,
  directive,
  expression,
  int,
  path,
  plain,
  sec,
  unix,
  variable,
  word,
} from "./syntax.ts";

export interface Rendering {
  readonly text: string;
  /** Ports that nginx binds. */
  readonly ports: readonly number[];
  /** Names in backends that nginx looks up itself when it reads the configuration. */
  readonly hostNames: readonly string[];
  /** Pools, or listeners of pools, that are not in the text, and why. */
  readonly problems: readonly PoolProblem[];
}

const WORKER_CONNECTIONS = 8192;
/** Two files for each connection (client and backend), the rest for logs and listeners. */
const WORKER_FILES = 2 * WORKER_CONNECTIONS + 1024;
/** Old workers end then, with what is left of their connections, so that they cannot pile up. */
const SHUTDOWN_SECONDS = 600;
/** nginx's own default. It warns when there are more variables, and a warning counts as a failure. */
const VARIABLES_HASH = 1024;
const VARIABLES_OF_NGINX = 256;

export function renderProxy(model: ProxyModel, releaseId: string): Rendering {
  const sorted = [...model.pools].sort(byName);
  const problems = sorted.flatMap((pool) => problemOf(pool) ?? []);
  const unsound = new Set(problems.map(({ pool }) => pool));
  const pools = sorted.filter(({ name }) => !unsound.has(name));
  const listeners = listening(pools);
  const text = serialize([
    directive("worker_processes", word("auto")),
    directive("worker_rlimit_nofile", int(WORKER_FILES)),
    directive("worker_shutdown_timeout", sec(SHUTDOWN_SECONDS)),
    block("events", [], [directive("worker_connections", int(WORKER_CONNECTIONS))]),
    block("http", [], renderHttp({ model, pools, listeners, releaseId })),
  ]);
  return {
    text,
    ports: listeners.ports,
    hostNames: hostNamesOf(pools),
    problems: [...problems, ...listeners.conflicts.map(conflictProblem)],
  };
}

const byName = (a: Pool, b: Pool): number => (a.name < b.name ? -1 : Number(a.name > b.name));

interface Parts {
  readonly model: ProxyModel;
  readonly pools: readonly Pool[];
  readonly listeners: Listening;
  readonly releaseId: string;
}

function renderHttp({ model, pools, listeners, releaseId }: Parts): Directive[] {
  const pages = numberPages(pools);
  return [
    ...renderHttpDefaults(model, pages),
    block("geo", [DOLLAR], [directive("default", plain("$"))]),
    ...renderBodies(pages),
    ...renderProxyDefaults(),
    renderStatusServer(model, releaseId),
    ...listeners.turnedAway.map(renderTurningAway),
    ...pools.flatMap((pool) => renderPool(pool, listeners, pages)),
  ];
}

function renderPool(pool: Pool, listeners: Listening, pages: Pages): Directive[] {
  const claimed = listeners.claims.get(pool.name) ?? [];
  if (claimed.length === 0) return [];
  const page = pool.sorryPage === null ? null : numberedPage(pages, pool.sorryPage);
  const upstream = renderUpstream(pool);
  return [...(upstream === null ? [] : [upstream]), renderServer({ pool, listeners: claimed, page })];
}

function renderHttpDefaults({ runtimeDir }: ProxyModel, pages: Pages): Directive[] {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
    directive(`${name}_temp_path`, path(`${runtimeDir}/nginx-${name}`)),
  );
  const variables = countPieces(pages) + VARIABLES_OF_NGINX;
  return [
    ...temporary,
    directive("variables_hash_max_size", int(Math.max(VARIABLES_HASH, 2 * variables))),
    directive("variables_hash_bucket_size", int(128)),
    // The backends log requests; a log that nobody rotates would fill the node's disk.
    directive("access_log", word("off")),
    directive("server_tokens", word("off")),
    directive("tcp_nodelay", word("on")),
  ];
}

/** Where each worker tells which release it serves. */
function renderStatusServer({ statusSocket }: ProxyModel, releaseId: string): Directive {
  return block(
    "server",
    [],
    [
      directive("listen", unix(statusSocket)),
      block(
        "location",
        [word("="), word("/release")],
        [
          directive("default_type", word("text/plain")),
          directive("return", int(200), expression(`${releaseId} `, variable("pid"), "\n")),
        ],
      ),
      block("location", [word("="), word("/status")], [directive("stub_status")]),
    ],
  );
}

/** Closes connections to addresses that no pool claims. Its listener is the one that nginx binds for the port. */
function renderTurningAway(listener: Listener): Directive {
  return block(
    "server",
    [],
    [
      renderListener(listener),
      directive("server_name", word("_")),
      // Not a status of HTTP: nginx closes the connection without an answer.
      directive("return", int(444)),
    ],
  );
}

function hostNamesOf(pools: readonly Pool[]): string[] {
  const names = pools.flatMap(({ backends }) => backends.map(({ address }) => address));
  return [...new Set(names.filter((name) => parseIpAddress(name) === null))].sort();
}
