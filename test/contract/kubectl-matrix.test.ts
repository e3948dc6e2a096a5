/**
 * Every kubectl of this machine against a server of ours, command by command: docs/kubectl.md is made of what comes out.
 * Each command finds an empty store. The newest kubectl does it all again as those after it will: with lists that are watches.
 */
import { execFileSync } from "node:child_process";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Foreseen } from "../../controller/plan/foresight.ts";
import type { Resource, ResourceKey } from "../../controller/resource/meta.ts";
import { keyOf } from "../../controller/resource/meta.ts";
import { Kubectl } from "../kubectl/kubectl.ts";
import { ROWS, titleOf } from "../kubectl/matrix.ts";
import { kubectls } from "../support/kubectls.ts";
import { type NetworkApiServer, startNetworkApi } from "../support/network-api.ts";

interface Candidate {
  readonly program: string;
  readonly minor: number;
  readonly variant: string;
  readonly env: Readonly<Record<string, string>>;
}

function candidateOf(program: string): Candidate {
  const text = execFileSync(program, ["version", "--client", "-o", "json"], { encoding: "utf8" });
  const { minor }: { readonly minor: string } = JSON.parse(text).clientVersion;
  return { program, minor: Number.parseInt(minor, 10), variant: `1.${Number.parseInt(minor, 10)}`, env: {} };
}

const WATCH_LIST = { KUBE_FEATURE_WatchListClient: "true" };
const WATCH_LIST_SINCE = 33;

const plain = kubectls().map(candidateOf);
const candidates = [
  ...plain,
  ...plain
    .slice(-1)
    .filter(({ minor }) => minor >= WATCH_LIST_SINCE)
    .map((newest) => ({ ...newest, variant: `${newest.variant} WatchList`, env: WATCH_LIST })),
];

/** As the agent foresees it, where another interface is another virtual router. */
async function foresee(key: ResourceKey, next: Resource | null, server: NetworkApiServer): Promise<Foreseen> {
  const before = (await server.store.get(key))?.resource ?? null;
  const isMoved =
    before?.kind === "VirtualIP" &&
    next?.kind === "VirtualIP" &&
    before.spec.interface !== next.spec.interface;
  const plan = isMoved ? [`default/${key.name} on lb1: re-election, because of interface`] : [];
  return { plan, warnings: plan };
}

describe("kubectl", { concurrency: 2 }, () => {
  for (const { program, minor, variant, env } of candidates) {
    describe(variant, { concurrency: 1 }, () => {
      let server: NetworkApiServer;
      let kubectl: Kubectl;

      before(async () => {
        server = await startNetworkApi({ foresee: (key, next) => foresee(key, next, server) });
        kubectl = new Kubectl(program, minor, server, env);
      });
      after(async () => {
        kubectl[Symbol.dispose]();
        await server[Symbol.asyncDispose]();
      });
      beforeEach(async () => {
        const stored = await server.store.list();
        await server.store.write(
          stored.map(({ resource }) => ({
            type: "delete",
            key: keyOf(resource),
            ifVersion: resource.metadata.resourceVersion,
          })),
        );
        server.drain.objections = [];
        await server.drain.end();
      });

      for (const row of ROWS.filter(({ since = 0 }) => since <= minor))
        it(titleOf(row, variant), () => row.run(kubectl));
    });
  }
});
