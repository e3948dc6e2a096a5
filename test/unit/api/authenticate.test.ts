import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Authenticator, judgePeer } from "../../../controller/api/authenticate.ts";
import type { PeerCertificate, RequestFacts } from "../../../controller/api/request-facts.ts";
import { createToken, revokeToken, Tokens } from "../../../controller/api/tokens.ts";
import type { WallTime } from "../../../controller/net/time.ts";
import { isRefusal, refusalToStatus } from "../../../controller/object/refusal.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLog } from "../../support/fake-log.ts";
import { MemorySharedFile } from "../../support/memory-shared-file.ts";

const clock = new FakeClock();
const NOW = clock.wallTime();

const nobody: RequestFacts = {
  source: "127.0.0.1",
  isLocalRoot: false,
  peer: null,
  authorization: null,
  isImpersonating: false,
};

const alice: PeerCertificate = {
  problem: null,
  commonNames: ["alice"],
  organisations: ["holdfast:editor"],
  expires: (NOW + 1000) as WallTime,
};

async function aDoor() {
  const file = new MemorySharedFile();
  const log = new FakeLog();
  const made = await createToken(file, { name: "ci", role: "viewer", created: NOW, expires: null });
  const authorization = `Bearer ${made.ok ? made.token : assert.fail()}`;
  const ownClock = new FakeClock();
  const authenticator = new Authenticator({ tokens: new Tokens(file), clock: ownClock, log });
  const ask = async (facts: Partial<RequestFacts>) => {
    const answer = await authenticator.authenticate({ ...nobody, ...facts });
    return isRefusal(answer) ? answer.code : `${answer.name} ${answer.role}`;
  };
  return { file, log, authorization, authenticator, ask, clock: ownClock };
}

describe("whoever sends a request", () => {
  it("is local root at the socket, the owner of the certificate, or that of the token", async () => {
    const { ask, authorization } = await aDoor();
    assert.equal(await ask({ isLocalRoot: true, source: "socket" }), "root admin");
    assert.equal(await ask({ peer: alice }), "alice editor");
    assert.equal(await ask({ authorization }), "ci viewer");
    assert.equal(await ask({ authorization: authorization.replace("Bearer", "bearer") }), "ci viewer");
  });

  it("is who the certificate says when both are shown", async () => {
    const { ask, authorization } = await aDoor();
    assert.equal(await ask({ peer: alice, authorization }), "alice editor");
    assert.equal(await ask({ peer: alice, authorization: "Bearer holdfast_no" }), "alice editor");
  });

  it("is who the token says when the certificate is not good for anything", async () => {
    const { ask, authorization } = await aDoor();
    assert.equal(await ask({ peer: { ...alice, problem: "CERT_HAS_EXPIRED" }, authorization }), "ci viewer");
  });

  it("is nobody without either", async () => {
    const { ask } = await aDoor();
    assert.equal(await ask({}), 401);
    for (const authorization of ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer holdfast_x"])
      assert.equal(await ask({ authorization }), 401, authorization);
  });

  it("cannot speak for somebody else", async () => {
    const { authenticator } = await aDoor();
    const answer = await authenticator.authenticate({ ...nobody, peer: alice, isImpersonating: true });
    assert.equal(
      isRefusal(answer) && answer.message,
      'users is forbidden: User "alice" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    assert.equal(isRefusal(answer) && answer.code, 403);
  });
});

describe("a refusal", () => {
  it("gives no reason to the client, and the reason to the log", async () => {
    const { authenticator, log } = await aDoor();
    const peer = { ...alice, problem: "CERT_HAS_EXPIRED" };
    const answer = await authenticator.authenticate({ ...nobody, peer, authorization: "Basic x" });
    assert.deepEqual(isRefusal(answer) && refusalToStatus(answer)["message"], "Unauthorized");
    assert.deepEqual(log.fieldsOf("the API has refused somebody unknown"), [
      {
        source: "127.0.0.1",
        because: "the client certificate: CERT_HAS_EXPIRED; the authorization is not a bearer token",
      },
    ]);
  });

  it("does not fill the journal when a stranger asks again and again", async () => {
    const { ask, log, clock: own } = await aDoor();
    for (let asked = 0; asked < 1000; asked++) await ask({ source: `10.0.0.${asked % 100}` });
    assert.equal(log.at("info").length, 10);
    await own.advance(60_000);
    await ask({});
    const last = log.fieldsOf("the API has refused somebody unknown").at(-1);
    assert.deepEqual(last, {
      source: "127.0.0.1",
      because: "neither a certificate nor a token was shown",
      leftOut: 990,
    });
  });

  it("is our own fault where the tokens cannot be read; certificates are good all the same", async () => {
    const { ask, file, authorization, log } = await aDoor();
    file.isUnreadable = true;
    assert.equal(await ask({ authorization }), 500);
    assert.deepEqual(log.at("error"), ["tokens cannot be checked"]);
    assert.equal(await ask({ peer: alice }), "alice editor");
    assert.equal(await ask({}), 401);
  });
});

describe("whoever is refused again and again", () => {
  const WRONG = "Bearer holdfast_wrong";
  const fail = async (ask: (facts: Partial<RequestFacts>) => Promise<string | number>): Promise<void> => {
    for (let asked = 0; asked < 100; asked++) assert.equal(await ask({ authorization: WRONG }), 401);
  };

  it("has to wait, and then may try ten times a second", async () => {
    const { ask, authenticator, clock: own } = await aDoor();
    await fail(ask);
    const answer = await authenticator.authenticate({ ...nobody, authorization: WRONG });
    assert.ok(isRefusal(answer));
    assert.deepEqual(
      [answer.code, answer.reason, answer.details],
      [429, "TooManyRequests", { retryAfterSeconds: 1 }],
    );
    await own.advance(1000);
    const told = await Promise.all(Array.from({ length: 12 }, () => ask({ authorization: WRONG })));
    assert.deepEqual(told, [...Array.from({ length: 10 }, () => 401), 429, 429]);
  });

  it("does not get a new token looked at meanwhile, wherever it was found; others do, elsewhere", async () => {
    const { ask, authorization } = await aDoor();
    await fail(ask);
    assert.equal(await ask({ authorization }), 429);
    assert.equal(await ask({ authorization, source: "192.0.2.7" }), "ci viewer");
  });

  it("keeps nobody out at the same address who was let in before, or has a certificate", async () => {
    const { ask, file, authorization, clock: own } = await aDoor();
    assert.equal(await ask({ authorization }), "ci viewer");
    await own.advance(500);
    await fail(ask);
    assert.equal(await ask({ authorization }), "ci viewer");
    assert.equal(await ask({ peer: alice }), "alice editor");
    await revokeToken(file, "ci");
    assert.equal(await ask({ authorization }), 401, "known, but revoked");
  });
});

describe("a client certificate", () => {
  const because = (changes: Partial<PeerCertificate>): string => {
    const verdict = judgePeer({ ...alice, ...changes }, NOW);
    return verdict.ok ? assert.fail("it was taken") : verdict.because;
  };

  it("that OpenSSL has something against is not taken", () =>
    assert.match(because({ problem: "DEPTH_ZERO_SELF_SIGNED_CERT" }), /DEPTH_ZERO/));

  it("that has expired since the connection began is not taken any more", () => {
    assert.match(because({ expires: NOW }), /has expired at 2026-01-01T00:00:00.000Z/);
    assert.match(because({ expires: Number.NaN as WallTime }), /does not say/);
  });

  it("without one name and one role of ours is nobody's", () => {
    assert.match(because({ commonNames: [] }), /names nobody/);
    assert.match(because({ commonNames: ["alice", "bob"] }), /several/);
    assert.match(because({ organisations: [] }), /gives no role/);
    assert.match(because({ organisations: ["system:masters"] }), /gives no role/);
  });
});
