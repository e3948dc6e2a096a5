/** Objects as a company with a hundred pairs of load balancers would have them, and a store that holds them. */
import { randomUUID } from "node:crypto";
import { RESOURCES } from "../../controller/object/api-resources.ts";
import { completeObject } from "../../controller/object/complete-object.ts";
import { decideWrite } from "../../controller/object/decide-write.ts";
import { mergeTypes } from "../../controller/object/merge-types.ts";
import { isRefusal } from "../../controller/object/refusal.ts";
import { resourceOfObject } from "../../controller/object/resource-object.ts";
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import { API_VERSION, type Kind } from "../../controller/resource/meta.ts";
import { API_SOURCE, type StoreWrite } from "../../controller/resource/stored.ts";
import { openDiskStore } from "../support/disk-store.ts";

export const MANAGER = "bench";
/** The node that is measured, one of the first pair. */
export const NODE = "lb-0";
export const INTERFACE = "lan0";
const PAIRS = 100;
/** Of 10,000: 400 VirtualIPs, 3,600 pools on them, 3,600 checks of pools, 200 of nodes, and the rest that nobody refers to. */
const SHARES = { VirtualIP: 0.04, ProxyPool: 0.36 } as const;
const COMMIT = 1000;
/** What changes from one write of an object to the next. */
export type Turn = number;

export interface Planned {
  readonly kind: Kind;
  readonly name: string;
  /** The object as somebody applies it for the `turn`th time; each turn's spec is another. */
  at(turn: Turn): JsonObject;
}

/** In a mix that does not depend on how many there are. */
export function plannedObjects(count: number): readonly Planned[] {
  const vips = Math.ceil(count * SHARES.VirtualIP);
  const pools = Math.ceil(count * SHARES.ProxyPool);
  const checksOfNodes = 2 * Math.min(PAIRS, vips);
  const spare = Math.max(0, count - vips - 2 * pools - checksOfNodes);
  return [
    ...each(vips, (index) => planned("VirtualIP", `vip-${index}`, (turn) => virtualIPSpec(index, turn))),
    ...each(pools, (index) => planned("ProxyPool", `pool-${index}`, (turn) => poolSpec(index, vips, turn))),
    ...each(pools, (index) => planned("HealthCheck", `web-${index}`, (turn) => httpSpec(index, turn))),
    ...each(checksOfNodes, (index) =>
      planned("HealthCheck", checkOfNode(index), (turn) => fileSpec(index, turn)),
    ),
    ...each(spare, (index) => planned("HealthCheck", `spare-${index}`, (turn) => httpSpec(index, turn))),
  ];
}

const each = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

function planned(kind: Kind, name: string, specAt: (turn: Turn) => JsonObject): Planned {
  const metadata = { name, namespace: "default", labels: { team: `team-${name.length % 7}` } };
  return { kind, name, at: (turn) => ({ apiVersion: API_VERSION, kind, metadata, spec: specAt(turn) }) };
}

const checkOfNode = (index: number): string => `${index % 2 === 0 ? "nginx" : "in-service"}-${index >> 1}`;

function virtualIPSpec(index: number, turn: Turn): JsonObject {
  const pair = index % PAIRS;
  return {
    addresses: [`10.20.${index >> 8}.${index & 255}/32`],
    interface: INTERFACE,
    vrrp: {
      virtualRouterID: 1 + Math.floor(index / PAIRS),
      advertisementInterval: "1s",
      preemptDelay: `${turn % 100}s`,
    },
    members: [
      { node: `lb-${2 * pair}`, priority: 100 },
      { node: `lb-${2 * pair + 1}`, priority: 95 },
    ],
    track: [
      { healthCheck: checkOfNode(2 * pair), weight: -10 },
      { healthCheck: checkOfNode(2 * pair + 1), weight: -10 },
    ],
  };
}

function poolSpec(index: number, vips: number, turn: Turn): JsonObject {
  return {
    virtualIPs: [`vip-${index % vips}`],
    listeners: [{ name: "http", protocol: "HTTP", port: 8000 + Math.floor(index / vips) }],
    algorithm: "RoundRobin",
    backends: each(3, (at) => ({
      address: `10.${40 + at}.${index >> 8}.${index & 255}`,
      port: 80,
      weight: 1 + ((turn + at) % 1000),
    })),
    healthCheck: `web-${index}`,
    sorryPage: { body: "<h1> sorry from ${node} </h1>" },
  };
}

const httpSpec = (index: number, turn: Turn): JsonObject => ({
  http: { path: `/healthz/${index}` },
  interval: "10s",
  timeout: "1s",
  fall: 2 + (turn % 99),
  rise: 2,
});

const fileSpec = (index: number, turn: Turn): JsonObject => ({
  file: { path: `/etc/holdfast/down-${index}`, expect: "Absent" },
  interval: "10s",
  timeout: "1s",
  fall: 2 + (turn % 99),
  rise: 1,
});

/** Of its kind. */
export const collectionOf = ({ kind }: Planned): string =>
  `/apis/${API_VERSION}/namespaces/default/${RESOURCES[kind].plural}`;

export const pathOf = (object: Planned): string => `${collectionOf(object)}/${object.name}`;

/** Each as `kubectl apply --server-side` would have made it: with defaults, and with the fields that it owns. */
export async function makeStore(directory: string, objects: readonly Planned[]): Promise<void> {
  const types = mergeTypes();
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  await using store = await openDiskStore(directory);
  const writes = objects.map((object): StoreWrite => {
    const { kind, name } = object;
    const { outcome } = decideWrite(
      () => null,
      { verb: "apply", body: object.at(0), duplicates: [], fieldValidation: "Strict", isForced: false },
      {
        resource: RESOURCES[kind],
        namespace: "default",
        name,
        subresource: "",
        type: types[kind],
        manager: MANAGER,
        now,
        uid: randomUUID(),
        nameSuffix: "",
        complete: (tree) => completeObject(kind, types[kind], "", tree),
      },
    );
    if (isRefusal(outcome)) throw new Error(`${kind}/${name}: ${JSON.stringify(outcome)}`);
    const provenance = { source: API_SOURCE, file: MANAGER, line: 0 };
    return { type: "put", resource: resourceOfObject(outcome.object), provenance, ifVersion: null };
  });
  for (let first = 0; first < writes.length; first += COMMIT)
    await store.write(writes.slice(first, first + COMMIT));
}
