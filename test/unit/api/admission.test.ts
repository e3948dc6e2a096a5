import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Admission, type Ticket } from "../../../controller/api/admission.ts";
import type { Limits } from "../../../controller/api/limits.ts";
import { RateLimit } from "../../../controller/api/rate-limit.ts";
import { millis } from "../../../controller/net/time.ts";
import { isRefusal } from "../../../controller/object/refusal.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const WIDE: Limits = {
  requests: null,
  inFlight: { total: 100, ofUser: 100 },
  watches: { total: 100, ofUser: 100 },
  unread: { total: 1_000, ofUser: 1_000 },
  stall: millis(1_000),
};

function anAdmission(limits: Partial<Limits>) {
  const clock = new FakeClock();
  const admission = new Admission({ ...WIDE, ...limits }, clock);
  const enter = (user: string, isWatch = false): Ticket => {
    const ticket = admission.admit(user, isWatch);
    return isRefusal(ticket) ? assert.fail(ticket.message) : ticket;
  };
  /** What whoever is refused is told, and when to come again. */
  const told = (user: string, isWatch = false): string => {
    const refusal = admission.admit(user, isWatch);
    if (!isRefusal(refusal)) return "let in";
    return `${refusal.code} ${refusal.reason} ${refusal.details.retryAfterSeconds}: ${refusal.message}`;
  };
  return { clock, enter, told };
}

describe("who is let in", () => {
  it("is whoever has not asked too often, each counted alone", async () => {
    const { clock, enter, told } = anAdmission({ requests: { perSecond: 2, burst: 3 } });
    for (let asked = 0; asked < 3; asked++) enter("anna").giveBack();
    assert.equal(told("anna"), "429 TooManyRequests 1: too many requests, please try again later");
    assert.equal(told("anna", true), "429 TooManyRequests 1: too many requests, please try again later");
    assert.equal(told("otto"), "let in");
    await clock.advance(500);
    assert.equal(told("anna"), "let in");
    assert.match(told("anna"), /^429/);
  });

  it("is as many as are served at once, and of each user no more than a share", () => {
    const { enter, told } = anAdmission({ inFlight: { total: 3, ofUser: 2 } });
    const first = enter("anna");
    enter("anna");
    assert.match(told("anna"), /^429 TooManyRequests 1: as many requests as are served at once/);
    enter("otto");
    assert.match(told("eva"), /^429 TooManyRequests 1: as many requests as are served at once/);
    assert.equal(told("eva", true), "let in", "watches are counted apart");
    first.giveBack();
    assert.equal(told("eva"), "let in");
  });

  it("watches as long as there are not too many watches, and not too many of the user", () => {
    const { enter, told } = anAdmission({ watches: { total: 3, ofUser: 2 } });
    const first = enter("anna", true);
    enter("anna", true);
    assert.match(told("anna", true), /^429 TooManyRequests 5: 2 watches of this user are open already/);
    enter("otto", true);
    assert.match(told("eva", true), /^429 TooManyRequests 5: 3 watches are open already/);
    assert.equal(told("eva"), "let in", "requests are counted apart");
    first.giveBack();
    assert.equal(told("eva", true), "let in");
  });

  it("waits while too much lies about that nobody has read", () => {
    const { enter, told } = anAdmission({ unread: { total: 100, ofUser: 60 } });
    const first = enter("anna");
    first.answered(60);
    assert.match(told("anna"), /^429 TooManyRequests 1: answers to earlier requests have not been read yet/);
    enter("otto").answered(40);
    assert.match(told("eva"), /^429 TooManyRequests 1: answers to earlier requests/);
    first.giveBack();
    assert.equal(told("anna"), "let in");
  });
});

describe("a table of rates", () => {
  it("remembers no more than a thousand, and forgets those that were seen least lately", () => {
    const rates = new RateLimit({ perSecond: 1, burst: 1 }, new FakeClock());
    rates.take("anna");
    rates.take("otto");
    for (let index = 0; index < 999; index++) {
      rates.take(`stranger-${index}`);
      rates.take("otto");
    }
    assert.equal(rates.size, 1_000);
    assert.ok(rates.take("otto") > 0);
    assert.equal(rates.take("anna"), 0, "forgotten, and so let in");
  });
});
