/** Puts the agent together: builds every object once, hands it its collaborators, and says in which order all of it ends. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { SystemClock } from "../adapter/clock/system-clock.ts";
import { WatchedDirectory } from "../adapter/files/manifest-directory.ts";
import type { Libc } from "../adapter/libc/libc.ts";
import type { LmdbRecords } from "../adapter/lmdb/records.ts";
import { openPinoLog } from "../adapter/log/pino-log.ts";
import { SystemMessenger } from "../adapter/messenger/system-messenger.ts";
import { workerAccount } from "../adapter/nginx/account.ts";
import { SystemNginxHost } from "../adapter/nginx/nginx-host.ts";
import { LinuxNetwork } from "../adapter/packet/network.ts";
import { SystemProber } from "../adapter/probe/system-prober.ts";
import { secretFiles } from "../adapter/state-files/secret-files.ts";
import { textFile } from "../adapter/state-files/text-file.ts";
import { agentSocket } from "../api/client.ts";
import type { MetricsEndpoint } from "../api/metrics.ts";
import { serveLocalApi } from "../api/server.ts";
import { millis, rfc3339 } from "../net/time.ts";
import { composeNotifications } from "../notify/compose.ts";
import { Notifier } from "../notify/notifier.ts";
import { mergeTypes } from "../object/merge-types.ts";
import type { LogLevel } from "../port/log.ts";
import { ProbeScheduler } from "../probe/scheduler.ts";
import { Agent, type SourceView } from "../reconcile/agent.ts";
import { loadDrain } from "../reconcile/drain-file.ts";
import { rememberTransition, transitionsOf } from "../reconcile/history.ts";
import { loadStandings } from "../reconcile/standings.ts";
import { DirectorySource } from "../source/directory-source.ts";
import { manifestReader } from "../source/manifest-reader.ts";
import { backupOf, writeBackup } from "../store/backup.ts";
import { EmbeddedStore } from "../store/embedded-store.ts";
import type { OpeningStore } from "./agent-store.ts";
import { openApi, openShow } from "./api.ts";
import { openApiAccess } from "./api-access.ts";
import { EarlySpeaker } from "./early-speaker.ts";
import { speakerSocket } from "./speaker-place.ts";
import { startSpeaker } from "./start-speaker.ts";

export interface AgentOptions {
  readonly node: string;
  readonly namespace: string;
  readonly directories: readonly string[];
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly nginx: "managed" | "off";
  readonly nginxBinary: string;
  /** `attached`: the speaker is somebody else's to start and stop, as under systemd. */
  readonly speaker: "supervised" | "attached";
  readonly stopNginx: boolean;
  /** `127.0.0.1:9440`; null: no metrics. */
  readonly metricsListen: string | null;
  /** `127.0.0.1:7443`; null: the API is served on the local socket alone. */
  readonly apiListen: string | null;
  /** What the speaker hears and decides goes there; null: nowhere. */
  readonly recordFile: string | null;
  readonly logLevel: LogLevel;
  readonly version: string;
}

/** The longest skew and an interval of one second, for every router at once, with room. */
const HAND_OVER_MAX = millis(10_000);
/** What could not be told by then is kept, and told by the next agent. */
const FAREWELL_MAX = millis(5_000);

export interface RunningAgent {
  /** Looks at everything again. */
  wake(): void;
}

/** Runs until `signal` aborts, then hands over and ends. `started` is called once the agent answers questions. */
export async function runAgent(
  options: AgentOptions,
  opening: OpeningStore,
  signal: AbortSignal,
  started: (agent: RunningAgent) => void,
): Promise<void> {
  const { runtimeDir, stateDir, logLevel } = options;
  const { libc, places, records } = opening;
  await places;
  const log = openPinoLog({ name: "holdfast-agent", level: logLevel, file: null });
  const clock = new SystemClock();
  // The store is first read by a process of its own: meanwhile there is time for certificates.
  const access = openApiAccess({ ...options, listen: options.apiListen, libc, clock, log });
  // Whoever awaits it is told.
  access.catch(() => undefined);
  // So there is for all else that needs no store.
  const types = mergeTypes();
  const show = openShow({ ...options, clock });
  const opened = await records;
  using early = new EarlySpeaker({
    socketPath: speakerSocket(runtimeDir),
    clock,
    log,
    startSpeaker:
      options.speaker === "attached"
        ? null
        : (how) => startSpeaker({ runtimeDir, logLevel, recordFile: options.recordFile, how }),
    version: options.version,
  });
  const { link } = early;
  await early.begun;
  await using store = await openStore(opened);
  const drainFile = textFile(join(stateDir, "drain.json"));
  const standingsFile = textFile(join(runtimeDir, "standings.json"));
  const checks = new ProbeScheduler({
    clock,
    prober: new SystemProber(libc, new LinuxNetwork(libc)),
    log,
    random: Math.random,
    restore: await loadStandings(standingsFile),
  });
  const nginxPlace = { statusSocket: join(runtimeDir, "nginx.sock"), runtimeDir: join(runtimeDir, "nginx") };
  const nginx = await nginxHost(options, nginxPlace, libc);
  const notifier = new Notifier({ store, messenger: new SystemMessenger(), clock, log, random: Math.random });
  const apiOptions = { ...options, listen: options.apiListen, store, mergeTypes: types, clock, log };
  const applier = { mergeTypes: types, newUid: randomUUID };
  const directorySources = options.directories.map(
    (path) =>
      new DirectorySource({
        directory: new WatchedDirectory(path, log),
        store,
        reader: manifestReader,
        applier,
        happened: show.happened,
        clock,
        log,
      }),
  );
  const agent = new Agent({
    node: options.node,
    namespace: options.namespace,
    version: options.version,
    store,
    link,
    checks,
    nginx,
    nginxPlace,
    sources: directorySources.map(viewOf),
    secrets: secretFiles,
    standingsFile,
    drainFile,
    drained: await loadDrain(drainFile, log),
    keepTransition: async (transition, audience) => {
      await rememberTransition(store, transition);
      await notifier.accept(composeNotifications({ transition, node: options.node, ...audience }));
    },
    onlooker: show,
    clock,
    log,
    random: Math.random,
  });
  const api = openApi(apiOptions, show, agent, await access);

  // Two signals, because the hand-over at the end needs the speaker, and its transitions somebody who hears them.
  const working = new AbortController();
  const listening = new AbortController();
  const work = [
    agent.run(working.signal),
    checks.run(working.signal),
    ...directorySources.map((source) => source.run(working.signal)),
  ];
  const listeners = [
    early.linked,
    agent.followTransitions(listening.signal),
    notifier.run(listening.signal),
    serveLocalApi(
      {
        socketPath: agentSocket(runtimeDir),
        report: () => agent.report(),
        transitions: (router) => transitionsOf(store, router),
        drain: agent.drain,
        backup: async () =>
          writeBackup(
            await backupOf(store, {
              program: options.version,
              node: options.node,
              takenAt: rfc3339(clock.wallTime()),
            }),
          ),
        wake: () => agent.wake(),
        mount: api.mount,
      },
      listening.signal,
    ),
    api.run(listening.signal),
    ...(options.metricsListen === null
      ? []
      : [metrics({ listen: options.metricsListen, report: () => agent.report() }, listening.signal)]),
  ];
  log.info("the agent runs", {
    node: options.node,
    directories: options.directories,
    version: options.version,
  });
  early.stay();
  started(agent);
  try {
    await untilAbort(signal, [...work, ...listeners]);
    log.info("stopping: handing over");
    working.abort();
    await Promise.all(work);
    if (options.speaker === "supervised") await link.stopSpeaker(HAND_OVER_MAX);
    if (options.stopNginx) await nginx?.stop();
    await notifier.drain(FAREWELL_MAX);
  } finally {
    working.abort();
    listening.abort();
    early[Symbol.dispose]();
  }
  await Promise.all(listeners);
  log.info("the agent has ended");
}

/** Loaded only where somebody asked for it. */
async function metrics(endpoint: MetricsEndpoint, signal: AbortSignal): Promise<void> {
  const { serveMetrics } = await import("../api/metrics.ts");
  await serveMetrics(endpoint, signal);
}

/** The store closes the records when it is closed; one that cannot be built leaves that to us. */
async function openStore(records: LmdbRecords): Promise<EmbeddedStore> {
  try {
    return new EmbeddedStore(records);
  } catch (error) {
    await records[Symbol.asyncDispose]();
    throw error;
  }
}

async function nginxHost(
  { nginx, nginxBinary: binary, stateDir }: AgentOptions,
  place: { readonly statusSocket: string; readonly runtimeDir: string },
  libc: Libc,
): Promise<SystemNginxHost | null> {
  if (nginx === "off") return null;
  const account = await workerAccount();
  return new SystemNginxHost(libc, { binary, stateDir, account, ...place });
}

function viewOf(source: DirectorySource): SourceView {
  return {
    report: () => {
      const { problem, ...status } = source.status();
      return { ...status, message: problem ?? "" };
    },
    onChange: (changed) => source.onChange(changed),
    wake: () => source.wake(),
  };
}

/** Resolves when `signal` aborts; rejects as soon as one of the tasks does, for each of them runs until it is told to end. */
async function untilAbort(signal: AbortSignal, tasks: readonly Promise<void>[]): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([aborted, Promise.all(tasks)]);
}
