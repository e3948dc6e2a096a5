/** A node taken out of service and back: what the speaker is told, what is on the disk, and what the operator hears. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Ipv4 } from "../../../controller/net/ipv4.ts";
import type { WallTime } from "../../../controller/net/time.ts";
import type { Drain } from "../../../controller/plan/drain.ts";
import type { Membership } from "../../../controller/plan/membership.ts";
import { resolve } from "../../../controller/plan/resolve.ts";
import { OperationFailure } from "../../../controller/port/failure.ts";
import type { SpeakerLink } from "../../../controller/port/speaker-link.ts";
import type { StateFile } from "../../../controller/port/state-file.ts";
import { NodeDrain } from "../../../controller/reconcile/drain.ts";
import { loadDrain, saveDrain } from "../../../controller/reconcile/drain-file.ts";
import { membershipOf } from "../../../controller/reconcile/membership.ts";
import type { Resource } from "../../../controller/resource/meta.ts";
import type { RouterStatus } from "../../../controller/vrrp/virtual-router.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLog } from "../../support/fake-log.ts";
import { aRouterStatus } from "../../support/reports.ts";
import { aVirtualIP } from "../../support/resources.ts";

class Disk implements StateFile {
  text: string | null = null;
  isFull = false;

  async read(): Promise<string | null> {
    return this.text;
  }

  async write(text: string): Promise<void> {
    if (this.isFull) throw new OperationFailure({ code: "store-refused", output: "no space left on device" });
    this.text = text;
  }
}

/** A node with a speaker that does as it is told, and a LAN on which somebody follows or nobody does. */
class Node {
  readonly clock = new FakeClock();
  readonly log = new FakeLog();
  readonly disk: Disk;
  readonly resources: readonly Resource[] = [aVirtualIP()];
  routers: readonly RouterStatus[] = [aRouterStatus()];
  revision: string | null = null;
  changes = 0;
  readonly drain: NodeDrain;

  constructor(disk: Disk, found: Drain | null) {
    this.disk = disk;
    const link: SpeakerLink = {
      state: () => ({ pid: 7, membershipRevision: this.revision, routers: this.routers }),
      setMembership: (_membership: Membership) => assert.fail("is the membership's loop to tell"),
      setVerdicts: () => undefined,
      acknowledge: () => undefined,
      onChange: () => ({ [Symbol.dispose]: () => undefined }),
      onTransition: () => ({ [Symbol.dispose]: () => undefined }),
    };
    this.drain = new NodeDrain({
      node: "keepalive-a",
      file: disk,
      found,
      link,
      lookUp: async () => ({ resources: this.resources, desired: this.#desired() }),
      clock: this.clock,
      log: this.log,
      changed: () => {
        this.changes += 1;
      },
    });
    this.obey();
  }

  /** The speaker runs what it is to run. */
  obey(): void {
    this.revision = membershipOf(this.#desired()).revision;
  }

  /** What another life of the agent would find. */
  found(): Promise<Drain | null> {
    return loadDrain(this.disk, this.log);
  }

  #desired() {
    return resolve(this.resources, {
      node: "keepalive-a",
      passwords: new Map(),
      verdicts: new Map(),
      nginx: { statusSocket: "/s", runtimeDir: "/r" },
      drain: this.drain.current,
    });
  }
}

const order = { by: "alice", reason: "new kernel", isForced: false };
const away = aRouterStatus({
  role: "fault",
  drain: "away",
  heldAddresses: [],
  master: { address: "172.16.253.105" as Ipv4, priority: 95 },
});
const PATIENCE_MS = 9_001;

let disk = new Disk();
let node = new Node(disk, null);

beforeEach(() => {
  disk = new Disk();
  node = new Node(disk, null);
});

describe("a drain", () => {
  it("counts for the speaker at once, and for the disk when the node holds nothing any more", async () => {
    const answer = await node.drain.begin(order);
    assert.ok(answer.ok && answer.view.phase === "Draining");
    assert.equal(node.drain.current?.reason, "new kernel");
    assert.equal(await node.found(), null);
    node.obey();
    node.routers = [aRouterStatus({ drain: "handing-over" })];
    assert.deepEqual(await node.drain.settle(), { settled: false });
    node.routers = [away];
    assert.deepEqual(await node.drain.settle(), { settled: true });
    assert.equal(node.drain.view().phase, "Drained");
    assert.deepEqual(node.drain.view().virtualIPs, [
      { virtualIP: "web", stage: "away", holder: "172.16.253.105", wasHeld: true },
    ]);
    assert.deepEqual(await node.found(), { ...order, since: node.drain.current?.since });
  });

  it("is found again by the next agent, and ended by undrain, also for the disk", async () => {
    const since = 5 as WallTime;
    const next = new Node(disk, { ...order, since });
    next.routers = [away];
    assert.deepEqual(next.drain.report(), {
      ...order,
      since: "1970-01-01T00:00:00.005Z",
      phase: "Drained",
    });
    await saveDrain(disk, { ...order, since });
    assert.equal((await next.drain.end("bob")).phase, "InService");
    assert.equal(next.drain.current, null);
    assert.equal(await next.found(), null);
  });

  it("that is wanted twice is one: who, when and why stay as they were", async () => {
    await node.drain.begin(order);
    const first = node.drain.current;
    const answer = await node.drain.begin({ ...order, by: "bob", reason: "mine" });
    assert.ok(answer.ok);
    assert.equal(node.drain.current, first);
  });

  it("of a node in service that is ended changes nothing", async () => {
    const { changes } = node;
    await node.drain.end("bob");
    assert.deepEqual([node.changes, disk.text], [changes, null]);
  });

  it("is refused before a packet is sent when something is known to speak against it", async () => {
    node.routers = [aRouterStatus({ role: "backup", master: null })];
    const answer = await node.drain.begin(order);
    assert.ok(!answer.ok);
    assert.match(answer.objections[0]?.message ?? "", /nobody is heard who holds it/);
    assert.equal(node.drain.current, null);
  });

  it("that finds no taker is taken back, and says why", async () => {
    await node.drain.begin(order);
    node.obey();
    node.routers = [aRouterStatus({ drain: "serving" })];
    const since = node.drain.view().drain?.since;
    assert.deepEqual(await node.drain.settle(), { settled: true });
    const { phase, refusal } = node.drain.view();
    assert.equal(phase, "InService");
    assert.equal(refusal?.since, since);
    assert.deepEqual(refusal?.objections, [
      { virtualIP: "web", message: "nobody took over when it was offered, so this node serves on" },
    ]);
    assert.equal(await node.found(), null);
    assert.equal(node.drain.current, null, "the speaker is told that the node is in service");
  });

  it("that the speaker never takes over is taken back in the end", async () => {
    await node.drain.begin(order);
    await node.clock.advance(PATIENCE_MS);
    await node.drain.settle();
    assert.match(node.drain.view().refusal?.objections[0]?.message ?? "", /did not take it over in time/);
  });

  it("that cannot be written down is taken back", async () => {
    await node.drain.begin(order);
    node.obey();
    node.routers = [away];
    disk.isFull = true;
    await node.drain.settle();
    assert.match(node.drain.view().refusal?.objections[0]?.message ?? "", /no space left on device/);
    assert.equal(node.drain.current, null);
  });

  it("that is under way is ended by undrain", async () => {
    await node.drain.begin(order);
    await node.drain.end("bob");
    assert.equal(node.drain.view().phase, "InService");
    assert.match(node.drain.view().refusal?.objections[0]?.message ?? "", /bob has ended the drain/);
  });
});

describe("a drain by force", () => {
  const forced = { ...order, isForced: true };

  it("is on the disk before the speaker is told, and says what it overrides", async () => {
    node.routers = [aRouterStatus({ role: "backup", master: null })];
    const answer = await node.drain.begin(forced);
    assert.ok(answer.ok && answer.warnings.length === 1);
    assert.equal((await node.found())?.isForced, true);
    assert.equal(node.drain.view().phase, "Draining");
    node.routers = [{ ...away, master: null }];
    assert.equal(node.drain.view().phase, "Drained");
  });

  it("takes the place of one that is under way", async () => {
    await node.drain.begin(order);
    await node.drain.begin({ ...forced, by: "bob" });
    assert.deepEqual([node.drain.current?.isForced, node.drain.current?.by], [true, "bob"]);
  });

  it("that cannot be written down changes nothing", async () => {
    disk.isFull = true;
    await assert.rejects(node.drain.begin(forced), /no space left/);
    assert.equal(node.drain.current, null);
  });

  it("does not stop what is asked next when the disk refuses", async () => {
    disk.isFull = true;
    await assert.rejects(node.drain.begin(forced), /no space left/);
    disk.isFull = false;
    assert.ok((await node.drain.begin(forced)).ok);
  });
});

it("orders that cross are taken in turn: what is in force is what is on the disk", async () => {
  const forced = node.drain.begin({ ...order, isForced: true });
  const ended = node.drain.end("bob");
  await Promise.all([forced, ended]);
  assert.deepEqual([node.drain.current, await node.found()], [null, null]);
});

it("a damaged file does not take a node out of service, and is told in the log", async () => {
  disk.text = "{ half";
  assert.equal(await node.found(), null);
  disk.text = JSON.stringify({ format: 2, drain: {} });
  assert.equal(await node.found(), null);
  assert.equal(node.log.lines.filter(({ level }) => level === "error").length, 2);
});
