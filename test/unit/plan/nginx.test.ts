import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NginxState } from "../../../controller/nginx/state.ts";
import { planNginx } from "../../../controller/plan/nginx.ts";
import { aRelease } from "../../support/fake-nginx-host.ts";

const wanted = aRelease(1, [80]);
const before = aRelease(2, [80]);

const nothing: NginxState = {
  installed: true,
  version: "1.22.1",
  master: null,
  workers: [],
  orphans: [],
  staged: [],
  currentRelease: null,
  lastGoodRelease: null,
  refused: [],
  portHolders: [],
};
const serving = (id: string): NginxState => ({
  ...nothing,
  master: { pid: 10 },
  workers: [
    { pid: 11, release: id },
    { pid: 12, release: id },
  ],
  staged: [wanted, before],
  currentRelease: id,
  lastGoodRelease: id,
});
const apache = { port: 80, pid: 77, name: "httpd" };
const refusal = { release: wanted.id, output: "unknown directive" };

const typesOf = (state: NginxState, desired = wanted as typeof wanted | null): string[] =>
  planNginx(desired, state).actions.map(({ type }) => type);

describe("the plan for nginx", () => {
  const cases: readonly { what: string; state: NginxState; types: string[] }[] = [
    {
      what: "that never ran is to bring it up",
      state: nothing,
      types: ["stage", "activate", "start", "mark-good"],
    },
    { what: "that serves what is wanted is empty", state: serving(wanted.id), types: [] },
    {
      what: "that serves another release is to reload",
      state: serving(before.id),
      types: ["activate", "reload", "mark-good"],
    },
    {
      what: "of which one worker serves another release is to reload",
      state: {
        ...serving(wanted.id),
        workers: [
          { pid: 11, release: wanted.id },
          { pid: 12, release: before.id },
        ],
      },
      types: ["reload"],
    },
    {
      what: "of which one worker could not be asked is empty",
      state: {
        ...serving(wanted.id),
        workers: [
          { pid: 11, release: wanted.id },
          { pid: 12, release: null },
        ],
      },
      types: [],
    },
    {
      what: "that died is to start it",
      state: { ...serving(wanted.id), master: null, workers: [] },
      types: ["start"],
    },
    {
      what: "whose master died is to start another before the orphans go",
      state: { ...serving(wanted.id), master: null, workers: [], orphans: [11, 12] },
      types: ["start", "retire-orphans"],
    },
    {
      what: "that has orphans beside a new master is to retire them",
      state: { ...serving(wanted.id), orphans: [8] },
      types: ["retire-orphans"],
    },
    {
      what: "that refused what is wanted keeps what it serves",
      state: { ...serving(before.id), refused: [refusal] },
      types: [],
    },
    {
      what: "that refused what is wanted after the switch is to turn back",
      state: { ...serving(before.id), currentRelease: wanted.id, refused: [refusal] },
      types: ["activate"],
    },
    {
      what: "that refused what it serves is to turn back to the last good one",
      state: { ...serving(wanted.id), lastGoodRelease: before.id, refused: [refusal] },
      types: ["activate", "reload"],
    },
    {
      what: "that is down and refused what is wanted is to start the last good one",
      state: { ...serving(before.id), master: null, workers: [], refused: [refusal] },
      types: ["start"],
    },
    {
      what: "that has nothing to turn back to waits",
      state: { ...nothing, refused: [refusal] },
      types: [],
    },
    {
      what: "that is down while somebody has the port waits, though orphans of another port serve",
      state: { ...serving(wanted.id), master: null, workers: [], orphans: [11], portHolders: [apache] },
      types: [],
    },
    {
      what: "that is not installed waits",
      state: { ...nothing, installed: false, version: null },
      types: [],
    },
  ];
  for (const { what, state, types } of cases) it(what, () => assert.deepEqual(typesOf(state), types));

  it("of a node without pools is to stop it, once", () => {
    assert.deepEqual(typesOf(serving(wanted.id), null), ["stop"]);
    assert.deepEqual(typesOf({ ...serving(wanted.id), master: null, workers: [] }, null), []);
  });

  it("says which process has the port", () => {
    const { actions, waiting } = planNginx(wanted, { ...nothing, portHolders: [apache] });
    assert.deepEqual(actions, []);
    assert.deepEqual(waiting, [{ reason: "PortInUse", message: "port 80 is held by httpd (pid 77)" }]);
  });

  it("does not reload when a new port is taken, and keeps what it serves", () => {
    const more = aRelease(3, [80, 8080]);
    const state = { ...serving(before.id), portHolders: [{ port: 8080, pid: 77, name: "httpd" }] };
    const { actions, waiting } = planNginx(more, state);
    assert.deepEqual(actions, []);
    assert.equal(waiting[0]?.reason, "PortInUse");
  });

  it("starts the last good release when only the wanted one meets a taken port", () => {
    const more = aRelease(3, [80, 8080]);
    const down = { ...serving(before.id), master: null, workers: [] };
    const state = { ...down, portHolders: [{ port: 8080, pid: 77, name: "httpd" }] };
    assert.deepEqual(typesOf(state, more), ["start"]);
  });

  it("gives every action a reason", () => {
    for (const { because } of planNginx(wanted, nothing).actions) assert.notEqual(because, "");
  });
});
