/** The API as an agent serves it on the network: TLS, certificates and tokens, over a store in memory. */

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { openAuthority } from "../../controller/adapter/certificates/authority.ts";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { Authenticator } from "../../controller/api/authenticate.ts";
import { EventLog } from "../../controller/api/event-log.ts";
import type { KubeApi, KubeApiParts } from "../../controller/api/kube-api.ts";
import { kubeconfigText } from "../../controller/api/kubeconfig.ts";
import { NETWORK_LIMITS, NETWORK_TIMES } from "../../controller/api/limits.ts";
import { LiveCollection } from "../../controller/api/live-collection.ts";
import { type NetworkApi, serveNetworkApi } from "../../controller/api/network-server.ts";
import { changeNodeBy } from "../../controller/api/node-changes.ts";
import { networkFacts } from "../../controller/api/request-facts.ts";
import { ServerCertificate, serverNames } from "../../controller/api/server-certificate.ts";
import { Tokens } from "../../controller/api/tokens.ts";
import type { WallTime } from "../../controller/net/time.ts";
import { groupOfRole, ROLES, type Role } from "../../controller/object/identity.ts";
import { nodeObject } from "../../controller/object/node-object.ts";
import type { Authority, Credentials } from "../../controller/port/authority.ts";
import type { ResourceStore } from "../../controller/port/resource-store.ts";
import { deadline } from "./deadline.ts";
import { FakeLog } from "./fake-log.ts";
import { kubeApiOver } from "./kube-api.ts";
import { MemoryAudit } from "./memory-audit.ts";
import { MemorySharedFile } from "./memory-shared-file.ts";
import { memoryStore } from "./memory-store.ts";
import { ScriptedDrain, SINCE } from "./scripted-drain.ts";

export interface NetworkApiServer extends AsyncDisposable {
  readonly port: number;
  /** The one that is served, for what a test would do without its client. */
  readonly api: KubeApi;
  readonly authority: Authority;
  readonly tokenFile: MemorySharedFile;
  readonly store: ResourceStore;
  readonly events: EventLog;
  readonly audit: MemoryAudit;
  readonly drain: ScriptedDrain;
  readonly log: FakeLog;
  /** With which anna, in that role, is let in. */
  credentials(role: Role): Credentials;
  /** Of a file with which anna, in that role, reaches it by kubectl. */
  kubeconfig(role: Role): string;
}

/** The node is called lb1. */
export async function startNetworkApi(
  changes: Partial<KubeApiParts> = {},
  network: Partial<NetworkApi> = {},
): Promise<NetworkApiServer> {
  const stopping = new AbortController();
  const clock = new SystemClock();
  const log = new FakeLog();
  const audit = new MemoryAudit();
  const store = memoryStore();
  const authority = await openAuthority("ca.pem", new MemorySharedFile(), clock);
  const tokenFile = new MemorySharedFile();
  const events = new EventLog({ node: "lb1", clock, newUid: randomUUID });
  const { drain, nodes } = drainedNode();
  const api = kubeApiOver({
    store,
    clock,
    audit,
    events: events.collection,
    nodes,
    changeNode: changeNodeBy({ nodes, drain, clock }),
    ...changes,
  });
  const serving = serveNetworkApi(
    {
      api,
      factsOf: networkFacts,
      authenticator: new Authenticator({ tokens: new Tokens(tokenFile), clock, log }),
      certificate: await ServerCertificate.issue({
        authority,
        names: serverNames("lb1", "127.0.0.1:0"),
        clock,
      }),
      listen: "127.0.0.1:0",
      limits: NETWORK_LIMITS,
      times: NETWORK_TIMES,
      clock,
      log,
      ...network,
    },
    stopping.signal,
  );
  const told = () => log.fieldsOf("the API is served").at(-1)?.["listen"];
  await deadline("the API is served", () => told() !== undefined, 20_000);
  const port = Number(String(told()).split(":")[1]);
  const issued = new Map(
    await Promise.all(
      ROLES.map(async (role) => {
        const subject = { name: `anna-${role}`, groups: [groupOfRole(role)] };
        return [role, await authority.issueClient(subject, 1)] as const;
      }),
    ),
  );
  const credentials = (role: Role): Credentials => issued.get(role) ?? assert.fail(role);
  return {
    port,
    api,
    authority,
    credentials,
    tokenFile,
    store,
    events,
    audit,
    drain,
    log,
    kubeconfig: (role) => {
      const name = `anna-${role}`;
      return kubeconfigText({
        node: "lb1",
        server: `https://127.0.0.1:${port}`,
        authority: authority.certificate,
        user: name,
        namespace: "default",
        context: name,
        credentials: credentials(role),
      });
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await serving;
    },
  };
}

/** A node that is shown as its drain stands. */
function drainedNode(): { readonly drain: ScriptedDrain; readonly nodes: LiveCollection } {
  const nodes = new LiveCollection(new SystemClock().wallTime());
  const host = { osImage: "Debian", kernelVersion: "6.1", architecture: "x64" };
  const show = (drain: ScriptedDrain): void => {
    const { phase } = drain.view();
    const facts = {
      node: "lb1",
      version: "0.0.0-test",
      startedAt: Date.parse(SINCE) as WallTime,
      host,
      trouble: null,
    };
    nodes.show([nodeObject({ ...facts, phase, because: phase === "InService" ? "" : "drained by a test" })]);
  };
  class ShownDrain extends ScriptedDrain {
    override async begin(...order: Parameters<ScriptedDrain["begin"]>): ReturnType<ScriptedDrain["begin"]> {
      const answer = await super.begin(...order);
      show(this);
      return answer;
    }

    override async end(): ReturnType<ScriptedDrain["end"]> {
      const view = await super.end();
      show(this);
      return view;
    }
  }
  const drain = new ShownDrain();
  show(drain);
  return { drain, nodes };
}
