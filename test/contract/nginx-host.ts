/** What every NginxHost promises. The same suite judges the fake and the real one. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { NginxRelease } from "../../controller/nginx/release.ts";
import type { NginxState, PortHolder } from "../../controller/nginx/state.ts";
import type { NginxHost } from "../../controller/port/nginx-host.ts";
import { deadline } from "../support/deadline.ts";
import { converge } from "../support/nginx-convergence.ts";

/** The world around a host, for a test to change. */
export interface NginxWorld extends AsyncDisposable {
  readonly host: NginxHost;
  /** Another agent's view of the same nginx; the fake has but one. */
  anotherHost(): NginxHost;
  /** A release that answers `content` on the ports. */
  release(content: string, ports: readonly number[]): NginxRelease;
  /** A release that nginx does not take. */
  unsoundRelease(): NginxRelease;
  killMaster(): Promise<void>;
  killAll(): Promise<void>;
  /** Another server takes the port. */
  occupy(port: number): Promise<PortHolder>;
  /** That server ends. */
  vacate(port: number): Promise<void>;
}

export const PORT = 20_080;
export const OTHER_PORT = 20_081;

export function nginxHostContract(what: string, create: () => Promise<NginxWorld>): void {
  describe(`${what}, in this order,`, () => {
    let world: NginxWorld;
    before(async () => {
      world = await create();
    });
    after(() => world[Symbol.asyncDispose]());

    const first = () => world.release("first", [PORT]);
    const second = () => world.release("second", [PORT]);
    const wider = () => world.release("wider", [PORT, OTHER_PORT]);
    const observe = () => world.host.observe([PORT]);

    it("has nothing at first", async () => {
      const { installed, master, workers, orphans, staged, currentRelease } = await observe();
      assert.deepEqual(
        { installed, master, workers, orphans, staged, currentRelease },
        { installed: true, master: null, workers: [], orphans: [], staged: [], currentRelease: null },
      );
    });

    it("points at no release that was not staged", async () => {
      await assert.rejects(world.host.activate(first().id), { name: "OperationFailure" });
      assert.equal((await observe()).currentRelease, null);
    });

    it("starts", async () => {
      const { failures, waiting } = await converge(world.host, first());
      assert.deepEqual([failures, waiting], [[], []]);
      assertServing(await observe(), first());
    });

    it("is found by an agent that knows nothing of it", async () => {
      const [mine, theirs] = [await observe(), await world.anotherHost().observe([PORT])];
      assert.deepEqual(theirs.master, mine.master);
      assertServing(theirs, first());
    });

    it("reloads, and keeps its master", async () => {
      const { master } = await observe();
      await converge(world.host, second());
      assertServing(await observe(), second());
      assert.deepEqual((await observe()).master, master);
    });

    it("reloads into nothing that is not current", async () => {
      await assert.rejects(world.host.reload(first().id), { name: "OperationFailure" });
      await assert.rejects(world.host.markGood(first().id), { name: "OperationFailure" });
      assertServing(await observe(), second());
    });

    it("keeps serving when it refuses a release, and remembers why", async () => {
      const unsound = world.unsoundRelease();
      const { failures, waiting } = await converge(world.host, unsound);
      assert.equal(failures[0]?.detail.code, "nginx-test-failed");
      assert.equal(waiting[0]?.reason, "Refused");
      assertServing(await observe(), second());
      const { refused } = await world.anotherHost().observe([PORT]);
      assert.ok(refused.some(({ release, output }) => release === unsound.id && output !== ""));
    });

    it("does not reload when another process has a new port, and names that process", async () => {
      const holder = await world.occupy(OTHER_PORT);
      const { waiting, done } = await converge(world.host, wider());
      assert.deepEqual(done, []);
      assert.deepEqual(waiting, [
        {
          reason: "PortInUse",
          message: `port ${OTHER_PORT} is held by ${holder.name} (pid ${holder.pid})`,
        },
      ]);
      assertServing(await observe(), second());
    });

    it("says so when that port is free, and takes it", async () => {
      using woken = wakes(world.host);
      await world.host.observe([PORT, OTHER_PORT]);
      await world.vacate(OTHER_PORT);
      await deadline("woken when the port is free", () => woken.count > 0, 2000);
      await converge(world.host, wider());
      assertServing(await observe(), wider());
      await converge(world.host, second());
    });

    it("says so when its master dies, and comes back with the orphans gone", async () => {
      using woken = wakes(world.host);
      await observe();
      await world.killMaster();
      await deadline("woken when the master died", () => woken.count > 0, 2000);
      const { master, orphans } = await observe();
      assert.equal(master, null);
      assert.ok(orphans.length > 0, "its workers serve on");
      await converge(world.host, second());
      assertServing(await observe(), second());
    });

    it("comes back when all its processes die", async () => {
      await world.killAll();
      assert.equal((await observe()).master, null);
      await converge(world.host, second());
      assertServing(await observe(), second());
    });

    it("waits while another process has its port, and comes back when that ends", async () => {
      await world.killAll();
      const holder = await world.occupy(PORT);
      const { waiting } = await converge(world.host, second());
      assert.match(waiting[0]?.message ?? "", new RegExp(`${PORT} .* ${holder.name} .*${holder.pid}`));
      assert.equal((await observe()).master, null);
      await world.vacate(PORT);
      await converge(world.host, second());
      assertServing(await observe(), second());
    });

    it("turns back from a release that is marked as refused while it serves", async () => {
      await converge(world.host, first());
      await world.host.refuse(first().id, "its workers die");
      const { refused, staged } = await observe();
      assert.ok(refused.some(({ release }) => release === first().id));
      assert.ok(!staged.some(({ id }) => id === first().id));
    });

    it("stops, and may be told so twice", async () => {
      await world.host.stop();
      await world.host.stop();
      const { master, workers, orphans } = await observe();
      assert.deepEqual([master, workers, orphans], [null, [], []]);
    });
  });
}

export function assertServing(state: NginxState, { id }: NginxRelease): void {
  assert.notEqual(state.master, null);
  assert.ok(state.workers.length > 0);
  for (const { release } of state.workers) if (release !== null) assert.equal(release, id);
  assert.ok(state.workers.some(({ release }) => release === id));
  assert.deepEqual(state.orphans, []);
  assert.equal(state.currentRelease, id);
  assert.equal(state.lastGoodRelease, id);
}

function wakes(host: NginxHost): Disposable & { readonly count: number } {
  let count = 0;
  const watching = host.onChange(() => {
    count++;
  });
  return {
    get count() {
      return count;
    },
    [Symbol.dispose]: () => watching[Symbol.dispose](),
  };
}
