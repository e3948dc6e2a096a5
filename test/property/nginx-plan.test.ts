import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { planNginx } from "../../controller/plan/nginx.ts";
import { aRelease, FakeNginxHost } from "../support/fake-nginx-host.ts";
import { converge } from "../support/nginx-convergence.ts";

const RELEASES = [aRelease(1, [80]), aRelease(2, [80]), aRelease(3, [80, 81]), aRelease(4, [81])];
const release = fc.constantFrom(...RELEASES);
const port = fc.constantFrom(80, 81);

type Mishap = (host: FakeNginxHost) => void;
const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  fc.constant<Mishap>((host) => host.killMaster()),
  fc.constant<Mishap>((host) => host.killAll()),
  port.map<Mishap>((held) => (host) => host.hold({ port: held, pid: 7, name: "httpd" })),
  port.map<Mishap>((held) => (host) => host.free(held)),
  release.map<Mishap>(
    ({ id }) =>
      (host) =>
        void host.refusedByTest.add(id),
  ),
  release.map<Mishap>(
    ({ id }) =>
      (host) =>
        void host.refusedByReload.add(id),
  ),
);
const step = fc.record({ mishaps: fc.array(mishap, { maxLength: 3 }), desired: fc.option(release) });

/** A port that is taken while nginx has it is not of this world. */
async function happen(host: FakeNginxHost, mishaps: readonly Mishap[]): Promise<void> {
  for (const act of mishaps) {
    const held = host.holders;
    act(host);
    const { master, orphans } = await host.observe([80, 81]);
    if (master !== null || orphans.length > 0) host.holders = held.filter((h) => host.holders.includes(h));
  }
}

it("a plan carried out leaves nothing to plan, whatever happened before", () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const host = new FakeNginxHost();
      for (const { mishaps, desired } of steps) {
        await happen(host, mishaps);
        await converge(host, desired);
        const again = planNginx(desired, await host.observe(desired?.ports ?? []));
        assert.deepEqual(again.actions, []);
      }
    }),
  ));

it("a refused release is never pointed at again", () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const host = new FakeNginxHost();
      for (const { mishaps, desired } of steps) {
        await happen(host, mishaps);
        const refused = (await host.observe([])).refused.map((refusal) => refusal.release);
        const count = host.activated.length;
        await converge(host, desired);
        for (const id of host.activated.slice(count)) assert.ok(!refused.includes(id), id);
      }
    }),
  ));

it("while a release can be served, one is", () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const host = new FakeNginxHost();
      for (const { mishaps, desired } of steps) {
        await happen(host, mishaps);
        const { waiting } = await converge(host, desired);
        const { master, workers } = await host.observe([]);
        if (desired === null) assert.equal(master, null);
        else if (waiting.length === 0) assert.equal(workers[0]?.release, desired.id);
      }
    }),
  ));
