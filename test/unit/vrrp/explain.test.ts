/** The sentences that `holdfast why` prints, one per situation. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Ipv4, parseIpv4 } from "../../../controller/net/ipv4.ts";
import { millis } from "../../../controller/net/time.ts";
import { explain, type Situation } from "../../../controller/vrrp/explain.ts";
import type { EffectivePriority } from "../../../controller/vrrp/priority.ts";
import { INITIAL_STATE, type RouterConfig } from "../../../controller/vrrp/state.ts";
import { backup, config, FAULT, master } from "./machine-cases.ts";

const peer = (priority: number): { address: Ipv4; priority: number } => ({
  address: parseIpv4("172.16.253.108") ?? assert.fail(),
  priority,
});
const nginxDead = { check: "default/nginx-alive", weight: -10, because: "no process named nginx" };
const healthy: EffectivePriority = { priority: 95, adjustments: [], unfit: [] };
const degraded: EffectivePriority = { priority: 85, adjustments: [nginxDead], unfit: [] };
const unfit: EffectivePriority = {
  priority: 95,
  adjustments: [],
  unfit: ["web-up: HTTP 502", "in-service: /down is there"],
};
const ours: RouterConfig = { ...config, priority: 95, rivalPriority: 100 };
const low: RouterConfig = { ...ours, priority: 85 };

describe("explains", () => {
  const base: Situation = {
    state: backup(0),
    config: ours,
    cause: "started",
    basePriority: 95,
    effective: healthy,
    heard: null,
    drain: null,
    linkProblem: null,
    silentLink: null,
    sendFailure: null,
  };
  const cases: { about: Partial<Situation>; sentence: string }[] = [
    { about: { state: INITIAL_STATE, cause: null }, sentence: "initialize: not started" },
    {
      about: { state: { ...backup(0), isMuted: true }, heard: peer(90), sendFailure: "EPERM on ens33" },
      sentence:
        "backup: its own advertisements are refused (EPERM on ens33), so that nobody hears it; it takes over with one that leaves; our priority is 95",
    },
    { about: { state: INITIAL_STATE, cause: "stopped" }, sentence: "initialize: stopped" },
    {
      about: { state: INITIAL_STATE, cause: "heard-successor", heard: peer(100) },
      sentence: "initialize: stopped; 172.16.253.108 took over",
    },
    {
      about: { state: INITIAL_STATE, cause: "no-successor" },
      sentence: "initialize: stopped; nobody took over",
    },
    { about: {}, sentence: "backup: listening for a master before taking over; our priority is 95" },
    { about: { heard: peer(100) }, sentence: "backup: 172.16.253.108 advertises priority 100, above our 95" },
    {
      about: { heard: peer(100), config: low, effective: degraded },
      sentence:
        "backup: 172.16.253.108 advertises priority 100, above our 85 = 95 - 10 (nginx-alive: no process named nginx)",
    },
    {
      about: { heard: peer(95) },
      sentence: "backup: 172.16.253.108 advertises priority 95, equal to our 95, and was there first",
    },
    {
      about: { state: { ...backup(0), watch: "held" } },
      sentence:
        "backup: holding back, since the speaker or its link has just come up (startupDelay); our priority is 95",
    },
    {
      about: { heard: peer(90), state: { ...backup(0), watch: "held" } },
      sentence:
        "backup: 172.16.253.108 advertises priority 90, below our 95, and is let be, since the speaker or its link has just come up (startupDelay)",
    },
    {
      about: {
        heard: peer(90),
        state: { ...backup(0), watch: "delayed" },
        config: { ...ours, preemptDelay: millis(90_500) },
      },
      sentence:
        "backup: 172.16.253.108 advertises priority 90, below our 95, and is let be for 90.5 s after this node came up or got better (preemptDelay)",
    },
    {
      about: { heard: peer(90), config: { ...ours, preempt: false } },
      sentence: "backup: 172.16.253.108 advertises priority 90, below our 95, but preemption is off",
    },
    {
      about: { heard: peer(90), state: { ...backup(0), watch: "preempting" } },
      sentence: "backup: 172.16.253.108 advertises priority 90, below our 95, and will be preempted",
    },
    {
      about: { heard: peer(90) },
      sentence: "backup: 172.16.253.108 advertises priority 90, below our 95, and may be preempted",
    },
    {
      about: { heard: peer(0), state: { ...backup(0), watch: "resigned" } },
      sentence:
        "backup: 172.16.253.108 has resigned, and the highest of those that are left takes over; our priority is 95",
    },
    {
      about: { state: master(0), cause: "master-down" },
      sentence: "master: nobody else advertises; our priority is 95",
    },
    {
      about: { state: master(0), cause: "master-down", heard: peer(100) },
      sentence: "master: 172.16.253.108 has fallen silent; our priority is 95",
    },
    {
      about: { state: master(0), cause: "master-resigned", heard: peer(0) },
      sentence: "master: 172.16.253.108 has resigned; our priority is 95",
    },
    {
      about: { state: master(0), cause: "preempted", heard: peer(90) },
      sentence: "master: 172.16.253.108 advertised priority 90 and was preempted; our priority is 95",
    },
    {
      about: {
        state: master(0),
        config: { ...config, priority: 255 },
        basePriority: 255,
        effective: { ...healthy, priority: 255 },
      },
      sentence: "master: owner of the addresses; our priority is 255",
    },
    {
      about: { state: master(0, "shutdown") },
      sentence: "master: stopping; serving until a successor is heard",
    },
    {
      about: { state: master(0, "unfit"), effective: unfit },
      sentence: "master: web-up: HTTP 502; in-service: /down is there; serving until a successor is heard",
    },
    {
      about: { state: master(0, "outranked"), config: low, effective: degraded },
      sentence:
        "master: our priority 85 = 95 - 10 (nginx-alive: no process named nginx) is below 100; serving until a successor is heard",
    },
    {
      about: { state: FAULT, config: { ...ours, fitness: "unfit" }, effective: unfit },
      sentence: "fault: web-up: HTTP 502; in-service: /down is there",
    },
    {
      about: {
        state: FAULT,
        config: { ...ours, fitness: "unfit" },
        effective: unfit,
        cause: "heard-successor",
        heard: peer(100),
      },
      sentence: "fault: web-up: HTTP 502; in-service: /down is there; 172.16.253.108 took over",
    },
    {
      about: {
        state: FAULT,
        config: { ...ours, fitness: "unfit" },
        effective: unfit,
        drain: "drained by root at noon",
        cause: "heard-higher",
        heard: peer(100),
      },
      sentence:
        "fault: drained by root at noon; web-up: HTTP 502; in-service: /down is there; 172.16.253.108 took over",
    },
    {
      about: { state: master(0, "draining"), drain: "drained by root at noon" },
      sentence: "master: drained by root at noon; serving until a successor is heard",
    },
    {
      about: {
        state: master(0),
        config: { ...ours, fitness: "draining" },
        drain: "drained by root at noon",
      },
      sentence: "master: drained by root at noon; nobody takes over, so this node serves on",
    },
    {
      about: { state: FAULT, config: { ...ours, fitness: "link-down" }, linkProblem: "ens33 has no carrier" },
      sentence: "fault: ens33 has no carrier",
    },
    {
      about: {
        state: master(0),
        effective: { priority: 1, adjustments: [{ ...nginxDead, weight: -200 }], unfit: [] },
      },
      sentence:
        "master: nobody else advertises; our priority is 1 = 95 - 200 (nginx-alive: no process named nginx), held between 1 and 254",
    },
    {
      about: {
        state: master(0),
        effective: {
          priority: 105,
          adjustments: [{ check: "default/fast", weight: 10, because: "HTTP 200" }],
          unfit: [],
        },
      },
      sentence: "master: nobody else advertises; our priority is 105 = 95 + 10 (fast: HTTP 200)",
    },
  ];
  for (const { about, sentence } of cases)
    it(sentence, () => assert.equal(explain({ ...base, ...about }), sentence));
});
