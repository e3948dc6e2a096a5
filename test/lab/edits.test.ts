/** A manifest is edited while all is served: the change is in force within half a second, and nothing else feels it. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { type Answer, type Prober, startProber } from "../../controller/lab/prober.ts";
import { closeLab, openTestLab, report, router, waitFor } from "../support/lab.ts";
import { capture, decode } from "../support/lab-capture.ts";
import { connect, type OneConnection } from "../support/lab-connection.ts";
import { isUndisturbed, lastReload } from "../support/lab-edits.ts";
import { type HolderWatch, watchHolders } from "../support/lab-holders.ts";
import {
  A,
  B,
  BACKENDS,
  CLIENT_ADDRESS,
  DUAL_MASTER,
  proxyPool,
  SINGLE_MASTER,
  VIP_A,
  VIP_B,
} from "../support/lab-manifests.ts";
import { ADVERTISEMENT_INTERVAL_MS, type Home, quiet, settled } from "../support/lab-states.ts";
import { holders, processes, remove, titled, write } from "../support/lab-world.ts";

const HOME: Home = { virtualIP: "web", address: VIP_A, node: A, priority: 100 };
const MANIFESTS = "/etc/holdfast/manifests";
const CONVERGED_MS = 500;
/**
 * From the switch to the first answer of the new workers is nginx's own time: 110 ms until they run, and now and then answers by the old
 * configuration go on for 200 to 350 ms more, from its two servers in strict turn, as a single old worker would give them.
 */
const RELOAD_MS_MAX = 1_000;
const RS3 = "172.16.253.195";
const POOL_OF_THREE = proxyPool("[web]", BACKENDS.replace("]", `, {address: ${RS3}}]`));

describe("an edited manifest", () => {
  let lab: Lab;
  let watch: HolderWatch;
  let prober: Prober;
  let connection: OneConnection;
  before(async () => {
    lab = await openTestLab({
      manifests: SINGLE_MASTER,
      later: { "pool.yaml": POOL_OF_THREE },
      client: CLIENT_ADDRESS,
    });
    watch = await watchHolders(lab);
  });
  after(async () => {
    await watch?.stop();
    await closeLab(lab);
  });
  beforeEach(async () => {
    await settled(lab, HOME);
    await quiet(lab, HOME);
    await waitFor(
      lab,
      "workers of earlier reloads are gone",
      async () => (await shuttingDown()) === 0,
      10_000,
    );
    prober = await startProber(lab, [`${VIP_A}:80`]);
    connection = await connect(lab, `${VIP_A}:80`);
  });
  afterEach(async () => {
    await connection.stop();
    await prober.stop();
  });

  const writeBoth = (file: string, text: string): void => {
    for (const node of [A, B]) write(lab, node, `${MANIFESTS}/${file}`, text);
  };
  const asked = (): Promise<(number | undefined)[]> =>
    Promise.all([A, B].map(async (node) => (await report(lab, node))?.checks.length));
  const shuttingDown = async (): Promise<number> => {
    const found = await Promise.all(
      [A, B].map((node) => titled(lab, node, "^nginx: worker process is shutting")),
    );
    return found.flat().length;
  };
  const nothingLost = (): void => {
    assert.deepEqual(
      prober.answers.filter(({ status }) => status !== 200),
      [],
    );
    assert.deepEqual(
      connection.answers.filter(({ status }) => status !== 200),
      [],
    );
  };
  const connectionLived = (): void => {
    assert.equal(
      new Set(connection.answers.map(({ localPort }) => localPort)).size,
      1,
      "the connection was replaced",
    );
  };

  it("adds a web server: it is asked within 500 ms and the reload, and no request is lost", async (t) => {
    t.after(async () => {
      writeBoth("pool.yaml", SINGLE_MASTER["pool.yaml"]);
      await waitFor(
        lab,
        "it is asked no more",
        async () => (await asked()).every((each) => each === 4),
        5_000,
      );
    });
    const since = Date.now();
    const wire = await capture(lab, "client", "ip proto 112 or arp");
    writeBoth("pool.yaml", POOL_OF_THREE);
    // Of all answers, not of the newest at each look: two of three come from the others.
    const fromThird = (): Answer | undefined =>
      prober.answers.find(({ body }) => body === "<h1> Web RS3 </h1>");
    await waitFor(lab, "the third web server is asked", () => fromThird() !== undefined, 5_000);
    const servedMs = (fromThird()?.answered ?? Number.POSITIVE_INFINITY) - since;
    await waitFor(
      lab,
      "both nodes are done",
      async () => {
        const answers = await Promise.all([A, B].map((node) => report(lab, node)));
        return answers.every(
          (each) =>
            each?.nginx?.programmed === true &&
            each.checks.filter(({ verdict }) => verdict === "healthy").length === 5,
        );
      },
      5_000,
    );
    // Only now: the new workers serve before the agent has seen that all of them do.
    const { activatedAt, reloadMs } = lastReload(lab, A);
    t.diagnostic(
      `switched ${activatedAt - since} ms after the write, reload ${reloadMs} ms, RS3 served ${servedMs.toFixed(0)} ms after it`,
    );
    assert.ok(activatedAt - since < CONVERGED_MS, `it took ${activatedAt - since} ms`);
    const ownMs = servedMs - (activatedAt - since);
    assert.ok(ownMs < RELOAD_MS_MAX, `nginx took ${ownMs.toFixed(0)} ms of its own`);
    // Both clients together: where their requests alternate, one of them alone may never meet one of three servers.
    const from = [prober.answers.length, connection.answers.length];
    const later = (): readonly { readonly body: string }[] => [
      ...prober.answers.slice(from[0]),
      ...connection.answers.slice(from[1]),
    ];
    await waitFor(lab, "thirty more are answered", () => later().length >= 30, 5_000);
    assert.deepEqual(
      [...new Set(later().map(({ body }) => body))].sort(),
      [1, 2, 3].map((n) => `<h1> Web RS${n} </h1>`),
    );
    nothingLost();
    await wire.stop();
    isUndisturbed(t, decode(wire.file), since);
  });

  it("R3: changes a priority: the new one is in force within 500 ms, and nothing is reloaded or announced", async (t) => {
    t.after(() => writeBoth("web.yaml", SINGLE_MASTER["web.yaml"]));
    const workers = await processes(lab, A, "nginx");
    const wire = await capture(lab, "client", "ip proto 112 or arp");
    const since = Date.now();
    writeBoth("web.yaml", SINGLE_MASTER["web.yaml"].replace("priority: 100", "priority: 110"));
    const inForceMs = await waitFor(
      lab,
      "priority 110 is in force",
      async () => (await router(lab, A))?.effectivePriority === 110,
      5_000,
    );
    t.diagnostic(`in force ${inForceMs.toFixed(0)} ms after the write`);
    assert.ok(inForceMs < CONVERGED_MS, `it took ${inForceMs} ms`);
    await waitFor(
      lab,
      "it was advertised twice",
      () => Date.now() - since > 3 * ADVERTISEMENT_INTERVAL_MS,
      5_000,
    );
    await wire.stop();
    const packets = decode(wire.file);
    const priorities = packets.map(({ fields }) => fields["vrrp.prio"]).filter((each) => each !== "");
    assert.equal(priorities.at(-1), "110");
    isUndisturbed(t, packets, since);
    assert.deepEqual(await processes(lab, A, "nginx"), workers);
    nothingLost();
    connectionLived();
  });

  it("R5: adds a VirtualIP and takes it away again: the other one hears nothing of it", async (t) => {
    t.after(() => [A, B].map((node) => remove(lab, node, `${MANIFESTS}/web-b.yaml`)));
    const workers = await processes(lab, A, "nginx");
    const wire = await capture(lab, "client", "ip proto 112 or arp");
    const since = Date.now();
    writeBoth("web-b.yaml", DUAL_MASTER["web-b.yaml"]);
    const inForceMs = await waitFor(
      lab,
      "both nodes take part",
      async () => {
        const roles = await Promise.all([A, B].map((node) => router(lab, node, "web-b")));
        return roles.every((each) => each?.role === "backup");
      },
      5_000,
    );
    t.diagnostic(`both take part ${inForceMs.toFixed(0)} ms after the write`);
    assert.ok(inForceMs < CONVERGED_MS, `it took ${inForceMs} ms`);
    await waitFor(lab, "B holds it", async () => (await holders(lab, VIP_B)).join() === B, 10_000);
    for (const node of [A, B]) remove(lab, node, `${MANIFESTS}/web-b.yaml`);
    const goneMs = await waitFor(
      lab,
      "neither node knows of it",
      async () => {
        const roles = await Promise.all([A, B].map((node) => router(lab, node, "web-b")));
        return roles.every((each) => each === null) && (await holders(lab, VIP_B)).length === 0;
      },
      5_000,
    );
    t.diagnostic(`gone ${goneMs.toFixed(0)} ms after the removal`);
    assert.ok(goneMs < CONVERGED_MS, `it took ${goneMs} ms`);

    await wire.stop();
    const packets = decode(wire.file);
    const ofWeb = packets.filter(
      ({ fields }) => fields["vrrp.virt_rtr_id"] !== "52" && fields["arp.src.proto_ipv4"] !== VIP_B,
    );
    isUndisturbed(t, ofWeb, since);
    assert.deepEqual(
      watch.spans(VIP_A, since).map(({ holders }) => holders),
      [[A]],
    );
    assert.deepEqual(await processes(lab, A, "nginx"), workers, "nginx was not reloaded");
    nothingLost();
    connectionLived();
  });

  it("R1: is changed in nothing but its comments: no event, no packet, no reload", async (t) => {
    const before = await report(lab, A);
    const workers = await processes(lab, A, "nginx");
    const since = Date.now();
    const wire = await capture(lab, "client", "ip proto 112 or arp");
    for (const [file, text] of Object.entries(SINGLE_MASTER)) writeBoth(file, `# a remark\n${text}\n`);
    await waitFor(
      lab,
      "the files were read again",
      async () => {
        const applied = (await report(lab, A))?.sources.every(({ files }) => files === 3);
        return applied === true && Date.now() - since > 2 * ADVERTISEMENT_INTERVAL_MS;
      },
      5_000,
    );
    await wire.stop();
    isUndisturbed(t, decode(wire.file), since);
    const versions = (answer: typeof before) => answer?.resources.map(({ metadata }) => metadata.generation);
    assert.deepEqual(versions(await report(lab, A)), versions(before));
    assert.deepEqual(await processes(lab, A, "nginx"), workers);
    nothingLost();
    connectionLived();
  });

  // Last: what moves between nodes is announced, and announced again, for seconds.
  it("R6: moves an address from one VirtualIP to another, in one apply", async (t) => {
    const spare = "172.16.253.141";
    t.after(() => {
      writeBoth("web.yaml", SINGLE_MASTER["web.yaml"]);
      for (const node of [A, B]) remove(lab, node, `${MANIFESTS}/web-b.yaml`);
    });
    writeBoth("web-b.yaml", DUAL_MASTER["web-b.yaml"]);
    await waitFor(lab, "B holds it", async () => (await holders(lab, VIP_B)).join() === B, 10_000);
    const since = Date.now();
    writeBoth("web-b.yaml", DUAL_MASTER["web-b.yaml"].replace(VIP_B, spare));
    writeBoth("web.yaml", SINGLE_MASTER["web.yaml"].replace(`[${VIP_A}/32]`, `[${VIP_A}/32, ${VIP_B}/32]`));
    const tookMs = await waitFor(
      lab,
      "A holds it, and B the other one",
      async () => (await holders(lab, VIP_B)).join() === A && (await holders(lab, spare)).join() === B,
      5_000,
    );
    t.diagnostic(`${tookMs.toFixed(0)} ms after the write; ${watch.story(VIP_B, since)}`);
    assert.ok(tookMs < 2 * CONVERGED_MS, `it took ${tookMs} ms`);
    assert.deepEqual(
      watch.spans(VIP_A, since).map(({ holders }) => holders),
      [[A]],
    );
    for (const node of [A, B])
      assert.deepEqual(
        (await report(lab, node))?.sources.flatMap(({ rejections }) => rejections),
        [],
      );
    nothingLost();
    connectionLived();
  });
});
