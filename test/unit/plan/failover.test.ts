/** Which settings keep a VirtualIP from ever failing over, said at the place that is to be changed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crossCheck } from "../../../controller/plan/cross-check.ts";
import { failoverCautions } from "../../../controller/plan/failover.ts";
import { parseManifests } from "../../../controller/resource/parse.ts";
import { formatRejection } from "../../../controller/resource/rejection.ts";
import { changed, HEALTH_CHECK, VIRTUAL_IP } from "../../support/manifest-texts.ts";
import { aHealthCheck, aVirtualIP } from "../../support/resources.ts";

interface Question {
  readonly members: readonly number[];
  /** null: no weight. */
  readonly weights: readonly (number | null)[];
  readonly vrrp?: object;
}

const NAMES = ["a", "b", "c", "d"];

/** `REASON PLACE` each. */
function cautioned({ members, weights, vrrp = {} }: Question): string[] {
  const { spec } = aVirtualIP("web", {
    vrrp: { virtualRouterID: 51, ...vrrp },
    members: members.map((priority, i) => ({ node: NAMES[i], priority })),
    track: weights.map((weight, i) => ({
      healthCheck: `check-${i}`,
      ...(weight === null ? {} : { weight }),
    })),
  });
  return failoverCautions(spec, () => null).map(({ reason, path }) => `${reason} ${path.slice(1).join(".")}`);
}

describe("a VirtualIP can fail over, and nothing is said, with", () => {
  const cases: readonly (readonly [string, Question])[] = [
    ["no checks", { members: [100, 95], weights: [] }],
    ["one member and no checks", { members: [100], weights: [] }],
    ["checks without weight", { members: [200, 50], weights: [null, null] }],
    ["a weight that takes the first below the second", { members: [100, 95], weights: [-10] }],
    ["weights that do so together", { members: [100, 95], weights: [-3, -3] }],
    ["a positive weight that lifts the second above the first", { members: [100, 95], weights: [10] }],
    ["members that are equal", { members: [100, 100], weights: [-1] }],
    [
      "weights and no preemption: a degraded master resigns",
      { members: [100, 95], weights: [-10], vrrp: { preempt: false } },
    ],
    [
      "weights and strictRFC: a degraded master is preempted",
      { members: [100, 95], weights: [-10], vrrp: { strictRFC: true } },
    ],
    [
      "neither preemption nor resignation, but checks without weight",
      { members: [100, 95], weights: [null], vrrp: { preempt: false, strictRFC: true } },
    ],
    ["an owner, and weights that matter among the others", { members: [255, 100, 95], weights: [-10] }],
    [
      "more checks than there are outcomes to count",
      { members: [254, 10, 5, 1], weights: Array.from({ length: 32 }, (_, i) => -100 - i) },
    ],
  ];
  for (const [what, question] of cases) it(what, () => assert.deepEqual(cautioned(question), []));
});

describe("a warning is given of", () => {
  const cases: readonly (readonly [string, Question, readonly string[]])[] = [
    [
      "a weight that is too small",
      { members: [100, 95], weights: [-4] },
      ["WeightNeverMatters track.0.weight"],
    ],
    [
      "one small weight beside a great one",
      { members: [100, 50], weights: [-3, -60] },
      ["WeightNeverMatters track.0.weight"],
    ],
    [
      "a weight and only one member",
      { members: [100], weights: [-10] },
      ["WeightNeverMatters track.0.weight"],
    ],
    [
      "a weight and no rival but the owner",
      { members: [255, 100], weights: [-10] },
      ["WeightNeverMatters track.0.weight"],
    ],
    [
      "a weight that only draws level: who is there stays",
      { members: [100, 95], weights: [-5] },
      ["MasterNeverYields members.0.priority"],
    ],
    [
      "a first that is far above, while the others are close",
      { members: [200, 100, 95], weights: [-10] },
      ["MasterNeverYields members.0.priority"],
    ],
    [
      "neither preemption nor resignation (keepalived's nopreempt with weights)",
      { members: [100, 95], weights: [-10], vrrp: { preempt: false, strictRFC: true } },
      ["MasterNeverYields vrrp.preempt"],
    ],
    [
      "positive weights that lift all to the highest there is",
      { members: [250, 245], weights: [20] },
      ["OrderIsLost members.1.priority"],
    ],
  ];
  for (const [what, question, says] of cases) it(what, () => assert.deepEqual(cautioned(question), says));

  it("checks that are never healthy together", () => {
    const file = (expect: string) => aHealthCheck("x", { file: { path: "/etc/down", expect } }).spec;
    const { spec } = aVirtualIP("web", { track: [{ healthCheck: "in" }, { healthCheck: "out" }] });
    const find = (name: string) => file(name === "in" ? "Absent" : "Present");
    assert.deepEqual(
      failoverCautions(spec, find).map(({ reason, path, message }) => [reason, path.join("."), message]),
      [
        [
          "NeverFit",
          "spec.track.1.healthCheck",
          "out is never healthy together with in, since one wants /etc/down to be there and the other wants it not to be: no member can ever be master",
        ],
      ],
    );
    assert.deepEqual(
      failoverCautions(spec, () => file("Absent")),
      [],
    );
  });
});

describe("what validation says has the place, the reason and the remedy:", () => {
  const said = (text: string): string[] =>
    crossCheck(
      [HEALTH_CHECK, text].flatMap((each, i) => parseManifests(`f${i}`, each).manifests),
    ).warnings.map(formatRejection);
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "-10",
      "-4",
      "f1:15:37: spec.track[0].weight: can never change who is elected: no two priorities are less than 5 apart, and all weights together make 4; leave it out to make a failing check mean FAULT",
    ],
    [
      "-10",
      "-5",
      "f1:12:30: spec.members[0].priority: lb-1 keeps the addresses even while all its checks with a weight fail: it then has 95, and no other member has more than 95; leave the weights out, so that a failing check means FAULT, or let the weights together make more than 5",
    ],
    [
      "version: 3",
      "preempt: false\n    strictRFC: true",
      "f1:10:14: spec.vrrp.preempt: false together with strictRFC: true means that no master ever gives up the addresses for a check with a weight; leave the weights out, so that a failing check means FAULT, or allow preemption",
    ],
  ];
  for (const [from, to, says] of cases)
    it(to, () => assert.deepEqual(said(changed(VIRTUAL_IP, from, to)), [says]));
});
