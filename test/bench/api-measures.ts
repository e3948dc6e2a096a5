/** What is measured of a node's API, and of etcd beside it. */
import { spawnSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RESOURCES } from "../../controller/object/api-resources.ts";
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import { API_VERSION, KINDS } from "../../controller/resource/meta.ts";
import { deadline } from "../support/deadline.ts";
import { newestKubectl } from "../support/lab-kubectl.ts";
import type { ApiClient } from "./api-client.ts";
import type { Etcd } from "./api-etcd.ts";
import type { ApiNode, NodePlace } from "./api-node.ts";
import { collectionOf, MANAGER, type Planned, pathOf } from "./api-objects.ts";
import { HOLDFAST } from "./contestants.ts";
import { quantile } from "./pcap.ts";
import type { Sample } from "./statistics.ts";

const ETCD = "etcd";
const WRITES = 150;
const WATCHERS = 100;
const WATCHED_WRITES = 30;
const FILE_OBJECTS = 1000;
const PROBE_MS = 5;
const WAIT_MAX_MS = 60_000;
/** Far apart, so that one write does not meet the objects of the last. */
const STRIDE = 37;

export const sampleOf =
  (contestant: string) =>
  (what: string, value: number, unit: string): Sample => ({
    contestant,
    what,
    unit,
    value,
  });
const holdfast = sampleOf(HOLDFAST.name);
const etcdSample = sampleOf(ETCD);

const sorted = (values: readonly number[]): number[] => values.toSorted((one, other) => one - other);

function quantiles(sample: ReturnType<typeof sampleOf>, what: string, values: readonly number[]): Sample[] {
  const all = sorted(values);
  return [
    sample(`${what}: p50`, quantile(all, 0.5), "ms"),
    sample(`${what}: p99`, quantile(all, 0.99), "ms"),
  ];
}

export interface Writing {
  readonly client: ApiClient;
  readonly etcd: Etcd;
  readonly objects: readonly Planned[];
  /** The first turn that no object has seen yet. */
  readonly turn: number;
}

/** One after the other, each on its turn: a server-side apply, an update of another object, and etcd's put of as many bytes. */
export async function writes(
  where: string,
  { client, etcd, objects, turn }: Writing,
): Promise<readonly Sample[]> {
  const times: { apply: number[]; update: number[]; put: number[] } = { apply: [], update: [], put: [] };
  for (let index = 0; index < WRITES; index++) {
    const [applied, updated] = [
      objects.at((index * STRIDE) % objects.length),
      objects.at(-1 - ((index * STRIDE) % objects.length)),
    ];
    if (applied === undefined || updated === undefined) throw new Error("there are no objects");
    const apply = async (): Promise<string> => {
      const { ms, text } = await applyOf(client, applied, applied.at(turn + index));
      times.apply.push(ms);
      return text;
    };
    const text = await apply();
    times.put.push(await etcd.put(`/bench/${(index * STRIDE) % objects.length}`, Buffer.from(text)));
    times.update.push(await update(client, updated, turn + index));
  }
  const what = `write until acknowledged, ${where}`;
  return [
    ...quantiles(holdfast, `${what}, server-side apply`, times.apply),
    ...quantiles(etcdSample, `${what}, server-side apply`, times.put),
    ...quantiles(holdfast, `${what}, update (PUT)`, times.update),
  ];
}

const applyOf = (client: ApiClient, object: Planned, body: JsonObject) =>
  client.askWell({
    method: "PATCH",
    path: `${pathOf(object)}?fieldManager=${MANAGER}&force=true`,
    type: "application/apply-patch+yaml",
    body,
  });

/** The agent may write a status between the look and the write; then both again. */
async function update(client: ApiClient, object: Planned, turn: number): Promise<number> {
  for (;;) {
    const { text } = await client.askWell({ method: "GET", path: pathOf(object) });
    const body = { ...(JSON.parse(text) as object), spec: object.at(turn)["spec"] };
    const answered = await client.ask({
      method: "PUT",
      path: `${pathOf(object)}?fieldManager=${MANAGER}`,
      body,
    });
    if (answered.status === 200) return answered.ms;
    if (answered.status !== 409) throw new Error(`PUT: ${answered.status} ${answered.text}`);
  }
}

/** From the sending of a write to the event at each of a hundred watchers, all clients in one process. */
export async function fanOut(client: ApiClient, object: Planned, turn: number): Promise<readonly Sample[]> {
  const late: number[] = [];
  let wanted = "";
  let sent = 0;
  const told = (event: string): void => {
    if (wanted !== "" && event.includes(wanted)) late.push(performance.now() - sent);
  };
  // From now on: what is there already would be told first, six thousand objects to each.
  const { text } = await client.askWell({ method: "GET", path: `${pathOf(object)}` });
  const path = `${collectionOf(object)}?watch=true&resourceVersion=${versionIn(text)}`;
  const watches = await Promise.all(Array.from({ length: WATCHERS }, () => client.watch(path, told)));
  try {
    for (let write = 0; write < WATCHED_WRITES; write++) {
      const body = object.at(turn + write);
      const mark = `mark-${turn + write}`;
      wanted = `"bench.example.com/mark":"${mark}"`;
      const before = late.length;
      sent = performance.now();
      const annotations = { "bench.example.com/mark": mark };
      await applyOf(client, object, {
        ...body,
        metadata: { ...(body["metadata"] as JsonObject), annotations },
      });
      await deadline("each watcher is told", () => late.length - before >= WATCHERS, WAIT_MAX_MS, 1);
      // Statuses that follow show the mark again.
      wanted = "";
      await sleep(2 * PROBE_MS);
    }
  } finally {
    for (const watch of watches) watch[Symbol.dispose]();
  }
  return quantiles(holdfast, `from a write to the event, ${WATCHERS} watchers`, late);
}

const versionIn = (text: string): string =>
  (JSON.parse(text) as { readonly metadata: { readonly resourceVersion: string } }).metadata.resourceVersion;

const collections = KINDS.map((kind) => `/apis/${API_VERSION}/${RESOURCES[kind].plural}`);

/** All three kinds one after the other. A node answers a list whole, whatever chunk is asked for. */
export async function lists(
  { client }: ApiNode,
  { kubeconfig }: NodePlace,
  count: number,
): Promise<readonly Sample[]> {
  const what = `list of ${count} objects`;
  const samples: Sample[] = [];
  for (const [how, query] of [
    ["whole", ""],
    ["chunks of 500 asked for", "?limit=500"],
  ] as const) {
    const answers = [];
    for (const path of collections)
      answers.push(await client.askWell({ method: "GET", path: `${path}${query}` }));
    samples.push(
      holdfast(
        `${what}, ${how}`,
        answers.reduce((sum, { ms }) => sum + ms, 0),
        "ms",
      ),
    );
    samples.push(
      holdfast(`${what}, ${how}: size`, answers.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6, "MB"),
    );
  }
  const kinds = KINDS.map((kind) => RESOURCES[kind].plural).join(",");
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(
    newestKubectl(),
    ["--kubeconfig", kubeconfig, "get", kinds, "--no-headers"],
    { encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  const lines = stdout.split("\n").filter(Boolean).length;
  if (status !== 0 || lines < count) throw new Error(`kubectl get: ${lines} lines; ${stderr}`);
  samples.push(holdfast(`${what}, kubectl get (tables, chunks of 500)`, performance.now() - start, "ms"));
  return samples;
}

/** A thousand objects from files: how long until all are there, and how long a request has to wait meanwhile at worst. */
export async function files({ client }: ApiNode, { directory }: NodePlace): Promise<readonly Sample[]> {
  const checks = `/apis/${API_VERSION}/namespaces/default/${RESOURCES.HealthCheck.plural}`;
  const aside = join(directory, "from-files.yaml");
  const target = join(directory, "manifests", "from-files.yaml");
  writeFileSync(
    aside,
    Array.from({ length: FILE_OBJECTS }, (_, index) => aCheck(`file-${index}`)).join("---\n"),
  );
  const isThere = async (name: string): Promise<boolean> =>
    (await client.ask({ method: "GET", path: `${checks}/${name}` })).status === 200;
  renameSync(aside, target);
  const start = performance.now();
  let worst = 0;
  for (let all = false; !all; ) {
    const { ms } = await client.ask({ method: "GET", path: "/healthz" });
    worst = Math.max(worst, ms);
    all = (await isThere(`file-${FILE_OBJECTS - 1}`)) && (await isThere("file-0"));
    if (performance.now() - start > WAIT_MAX_MS) throw new Error("the files' objects do not come");
    await sleep(PROBE_MS);
  }
  const took = performance.now() - start;
  rmSync(target);
  const areGone = async (): Promise<boolean> =>
    !(await isThere("file-0")) && !(await isThere(`file-${FILE_OBJECTS - 1}`));
  await deadline("the files' objects go", areGone, WAIT_MAX_MS, 50);
  return [
    holdfast(`${FILE_OBJECTS} objects come from a file: until all are there`, took, "ms"),
    holdfast(`${FILE_OBJECTS} objects come from a file: longest wait of a request`, worst, "ms"),
  ];
}

const aCheck = (name: string): string => `apiVersion: ${API_VERSION}
kind: HealthCheck
metadata: {name: ${name}}
spec: {tcp: {port: 80}, interval: 1s, timeout: 500ms, fall: 2, rise: 2}
`;
