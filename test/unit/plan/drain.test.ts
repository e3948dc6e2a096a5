/** A node out of service: what speaks against it, what came of it, and what status, why and the request say. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Ipv4 } from "../../../controller/net/ipv4.ts";
import { millis, type WallTime } from "../../../controller/net/time.ts";
import { attemptOf, drainInWords, outcomeOf, phaseOf } from "../../../controller/plan/drain.ts";
import { type DrainSituation, objectionsTo } from "../../../controller/plan/drain-objections.ts";
import { parseDrainRequest } from "../../../controller/plan/drain-request.ts";
import { resolve } from "../../../controller/plan/resolve.ts";
import type { Seen } from "../../../controller/plan/seen.ts";
import { statusOf } from "../../../controller/plan/status.ts";
import { explainResource } from "../../../controller/plan/why.ts";
import type { RouterStatus } from "../../../controller/vrrp/virtual-router.ts";
import { aReport, aRouterStatus } from "../../support/reports.ts";
import { aVirtualIP } from "../../support/resources.ts";

const NOON = Date.UTC(2026, 10, 24, 12) as WallTime;
const drain = { by: "alice", reason: "new kernel", since: NOON, isForced: false };
const SENTENCE = "drained by alice at 2026-11-24T12:00:00.000Z: new kernel";
const other = { address: "172.16.253.105" as Ipv4, priority: 95 };

describe("what speaks against a drain", () => {
  const situation: DrainSituation = {
    node: "keepalive-a",
    resources: [aVirtualIP()],
    speakerPid: 7,
    membershipInForce: true,
    routers: [aRouterStatus()],
    retained: [],
  };
  const said = (different: Partial<DrainSituation>): readonly string[] =>
    objectionsTo({ ...situation, ...different }).map(
      ({ virtualIP, message }) => `${virtualIP ?? "node"}: ${message}`,
    );

  it("is nothing while another member may follow: that is found out by offering", () =>
    assert.deepEqual(said({}), []));
  it("is nothing for a backup that hears the holder, nor for a router in fault", () => {
    assert.deepEqual(said({ routers: [aRouterStatus({ role: "backup", master: other })] }), []);
    assert.deepEqual(said({ routers: [aRouterStatus({ role: "fault" })] }), []);
  });
  it("is nothing on a node that is a member of nothing, whatever its speaker does", () =>
    assert.deepEqual(said({ node: "lb-9", routers: [], speakerPid: null, membershipInForce: false }), []));

  const cases: { what: string; different: Partial<DrainSituation>; says: RegExp }[] = [
    {
      what: "that it is the only member",
      different: { resources: [aVirtualIP("web", { members: [{ node: "keepalive-a", priority: 100 }] })] },
      says: /^web: keepalive-a is its only member$/,
    },
    {
      what: "that it is the owner of the addresses",
      different: {
        resources: [
          aVirtualIP("web", {
            members: [
              { node: "keepalive-a", priority: 255 },
              { node: "keepalive-b", priority: 95 },
            ],
          }),
        ],
      },
      says: /^web: keepalive-a is the owner of its addresses/,
    },
    {
      what: "that strictRFC lets nobody serve on",
      different: {
        resources: [aVirtualIP("web", { vrrp: { virtualRouterID: 51, strictRFC: true } })],
      },
      says: /^web: with strictRFC a holder lets go at once/,
    },
    {
      what: "that an election is under way",
      different: { routers: [aRouterStatus({ role: "backup", master: null })] },
      says: /^web: nobody is heard who holds it/,
    },
    {
      what: "that the speaker has not begun",
      different: { routers: [] },
      says: /^web: the speaker has not begun with it/,
    },
    {
      what: "that its password cannot be read",
      different: { retained: ["default/web"] },
      says: /^web: its password file cannot be read/,
    },
    {
      what: "that there is no speaker",
      different: { speakerPid: null },
      says: /^node: no speaker is connected/,
    },
    {
      what: "that a change is under way",
      different: { membershipInForce: false },
      says: /^node: the speaker is taking over a change/,
    },
  ];
  for (const { what, different, says } of cases)
    it(what, () => {
      const [first = "", ...more] = said(different);
      assert.match(first, says);
      assert.deepEqual(more, []);
    });
});

describe("what came of a drain", () => {
  const serving = aRouterStatus({ drain: "serving" });
  const leaving = aRouterStatus({ drain: "handing-over" });
  const away = aRouterStatus({ role: "fault", drain: "away", heldAddresses: [], master: other });
  const unheard = { ...away, master: null };
  const attempt = attemptOf(
    [
      { version: 2, adverInterval: millis(1000) },
      { version: 3, adverInterval: millis(4000) },
    ],
    [aRouterStatus(), aRouterStatus({ name: "default/db", role: "backup" })],
  );
  const came = (routers: readonly RouterStatus[], { inForce = true, isLate = false } = {}): string => {
    const outcome = outcomeOf(attempt, { membershipInForce: inForce, routers, isLate });
    if (outcome.type !== "refused") return outcome.type;
    return outcome.objections.map(({ virtualIP, message }) => `${virtualIP}: ${message}`).join(" | ");
  };

  it("knows what was held, and waits for twice the longest hand-over and some more", () => {
    assert.deepEqual(attempt.held, ["default/web"]);
    assert.equal(attempt.patience, 2 * (4000 + 3984.375) + 5_000);
  });
  it("is open until the speaker knows of it, and while anything is handed over", () => {
    assert.equal(came([away], { inForce: false }), "under-way");
    assert.equal(came([leaving]), "under-way");
    assert.equal(came([serving, leaving]), "under-way");
  });
  it("is done when all is away and who took it has been heard", () => {
    assert.equal(came([away]), "drained");
    assert.equal(came([]), "drained");
  });
  it("is open when it let go and has heard nobody take it", () => assert.equal(came([unheard]), "under-way"));
  it("needs not to hear who holds what another held before", () =>
    assert.equal(came([away, { ...unheard, name: "default/db" }]), "drained"));
  it("is refused as a whole when one address found no taker", () =>
    assert.equal(
      came([{ ...away, name: "default/db" }, serving]),
      "web: nobody took over when it was offered, so this node serves on",
    ));
  it("is refused when its time is up, with what was missing", () => {
    assert.match(came([leaving], { isLate: true }), /^web: it was not handed over in time$/);
    assert.match(came([unheard], { isLate: true }), /^web: nobody is heard who holds it now/);
    assert.match(
      came([], { inForce: false, isLate: true }),
      /^null: the speaker did not take it over in time$/,
    );
  });
  it("is Drained only when it is settled and nothing is held", () => {
    assert.equal(phaseOf(null, [aRouterStatus()]), "InService");
    assert.equal(phaseOf({ isSettled: false }, [away]), "Draining");
    assert.equal(phaseOf({ isSettled: true }, [away, leaving]), "Draining");
    // The speaker has not taken the drain over yet.
    assert.equal(phaseOf({ isSettled: true }, [aRouterStatus()]), "Draining");
    assert.equal(phaseOf({ isSettled: true }, [away]), "Drained");
  });
});

describe("a drained node", () => {
  const surroundings = {
    node: "keepalive-a",
    passwords: new Map(),
    verdicts: new Map(),
    nginx: { statusSocket: "/s", runtimeDir: "/r" },
  };
  const seen: Seen = {
    node: "keepalive-a",
    now: NOON,
    speakerPid: 7,
    membershipInForce: true,
    routers: [],
    proxy: null,
    standings: new Map(),
    problems: [],
    rejections: [],
  };
  const vip = aVirtualIP();
  const stateOf = (router: RouterStatus) => {
    const { nodes, conditions } = statusOf(vip, [vip], { ...seen, routers: [router] });
    const elected = conditions.find(({ type }) => type === "Elected");
    return [nodes[0]?.state, nodes[0]?.why, elected?.status, elected?.reason];
  };

  it("tells every router so, with who, when and why", () => {
    const [router] = resolve([vip], { ...surroundings, drain }).routers;
    assert.deepEqual(router?.drain, { because: SENTENCE, isForced: false });
    assert.equal(drainInWords({ ...drain, reason: "" }), "drained by alice at 2026-11-24T12:00:00.000Z");
  });
  it("in service tells its routers nothing of it, so that nothing of them is another", () => {
    const [router] = resolve([vip], { ...surroundings, drain: null }).routers;
    assert.ok(router !== undefined && !("drain" in router));
  });
  it("is Draining while it holds something, and Drained afterwards", () => {
    const because = `master: ${SENTENCE}; serving until a successor is heard`;
    assert.deepEqual(stateOf(aRouterStatus({ drain: "handing-over", because })), [
      "Draining",
      because,
      "True",
      "Draining",
    ]);
    const gone = aRouterStatus({ role: "fault", drain: "away", because: `fault: ${SENTENCE}` });
    assert.deepEqual(stateOf(gone), ["Drained", `fault: ${SENTENCE}`, "False", "Drained"]);
  });
  it("is explained by who did it, when and why", () => {
    const router = aRouterStatus({
      role: "fault",
      drain: "away",
      because: `fault: ${SENTENCE}; ${other.address} took over`,
      heldAddresses: [],
    });
    const report = aReport({ speaker: { pid: 7, membershipInForce: true, routers: [router] } });
    assert.equal(
      explainResource(report, "VirtualIP", "web")?.[0],
      `keepalive-a is Drained for 172.16.253.150/32: fault: ${SENTENCE}; 172.16.253.105 took over.`,
    );
  });
});

describe("a request for a drain", () => {
  const sound = { by: "alice", reason: "new kernel", isForced: false };
  it("is taken as it is, also without a reason", () => {
    assert.deepEqual(parseDrainRequest(sound), sound);
    assert.deepEqual(parseDrainRequest({ ...sound, reason: "" }), { ...sound, reason: "" });
  });
  const cases: [string, unknown, RegExp][] = [
    ["no object", null, /not a JSON object/],
    ["nobody who asks", { ...sound, by: "" }, /^by is missing/],
    ["no reason", { by: "alice", isForced: false }, /^reason is missing/],
    ["no word on force", { by: "alice", reason: "" }, /^isForced is missing/],
    ["a long reason", { ...sound, reason: "x".repeat(201) }, /^reason is 201 characters long/],
    ["two lines", { ...sound, reason: "one\ntwo" }, /^reason has a line break/],
    ["a name that moves the cursor", { ...sound, by: "\u001b[2Jroot" }, /^by has a line break/],
  ];
  for (const [what, body, says] of cases)
    it(`is refused with a sentence: ${what}`, () => assert.match(String(parseDrainRequest(body)), says));
});
