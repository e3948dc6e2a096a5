import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { createToken, listTokens, revokeToken, TOKENS_MAX, Tokens } from "../../../controller/api/tokens.ts";
import type { WallTime } from "../../../controller/net/time.ts";
import type { Role } from "../../../controller/object/identity.ts";
import { OperationFailure } from "../../../controller/port/failure.ts";
import { MemorySharedFile } from "../../support/memory-shared-file.ts";

const NOW = 1_800_000_000_000 as WallTime;

async function aToken(file: MemorySharedFile, name: string, role: Role, expires: number | null = null) {
  const wanted = { name, role, created: NOW, expires: expires as WallTime | null };
  const made = await createToken(file, wanted);
  return made.ok ? made.token : assert.fail(made.because);
}

const because = async (tokens: Tokens, token: string, now: number = NOW): Promise<string> => {
  const verdict = await tokens.judge(token, now as WallTime);
  return verdict.ok ? assert.fail(`${verdict.identity.name} was let in`) : verdict.because;
};

describe("a token", () => {
  it("lets its owner in, under the name and role that it was made for", async () => {
    const file = new MemorySharedFile();
    const tokens = new Tokens(file);
    const ci = await aToken(file, "ci", "editor");
    const mon = await aToken(file, "mon", "viewer");
    assert.deepEqual(await tokens.judge(ci, NOW), {
      ok: true,
      identity: { name: "ci", role: "editor", groups: ["holdfast:editor", "system:authenticated"] },
    });
    const verdict = await tokens.judge(mon, NOW);
    assert.equal(verdict.ok && verdict.identity.role, "viewer");
  });

  it("is nowhere in the file, only its hash", async () => {
    const file = new MemorySharedFile();
    const token = await aToken(file, "ci", "editor");
    const text = (await file.read()) ?? "";
    assert.match(token, /^holdfast_[\w-]{43}$/);
    assert.equal(text.includes(token.slice("holdfast_".length)), false);
    assert.ok(text.includes(createHash("sha256").update(token).digest("hex")));
  });

  it("is refused when it was never made, differs in one character, or has another form", async () => {
    const file = new MemorySharedFile();
    const token = await aToken(file, "ci", "editor");
    const other = `${token.slice(0, -4)}${token.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
    assert.match(await because(new Tokens(file), other), /unknown/);
    for (const wrong of ["", "holdfast_", `${token}x`, token.slice(1), "x".repeat(1_000_000)])
      assert.match(await because(new Tokens(file), wrong), /none of ours/);
    assert.match(await because(new Tokens(new MemorySharedFile()), token), /unknown/);
  });

  it("is refused from the moment on at which it expires", async () => {
    const file = new MemorySharedFile();
    const tokens = new Tokens(file);
    const token = await aToken(file, "ci", "editor", NOW + 1000);
    assert.equal((await tokens.judge(token, (NOW + 999) as WallTime)).ok, true);
    assert.match(await because(tokens, token, NOW + 1000), /^the token of ci has expired at 2027-/);
  });

  it("is refused with the next request after it was revoked; the others stay good", async () => {
    const file = new MemorySharedFile();
    const tokens = new Tokens(file);
    const ci = await aToken(file, "ci", "editor");
    const mon = await aToken(file, "mon", "viewer");
    assert.equal((await tokens.judge(ci, NOW)).ok, true);
    assert.equal(await revokeToken(file, "ci"), true);
    assert.match(await because(tokens, ci), /revoked/);
    assert.equal((await tokens.judge(mon, NOW)).ok, true);
    assert.equal(await revokeToken(file, "ci"), false);
  });
});

describe("the tokens of a node", () => {
  it("are read only after they have changed", async () => {
    const file = new MemorySharedFile();
    const tokens = new Tokens(file);
    const token = await aToken(file, "ci", "editor");
    for (let asked = 0; asked < 5; asked++) await tokens.judge(token, NOW);
    assert.equal(file.readings, 1);
  });

  it("are one for each name", async () => {
    const file = new MemorySharedFile();
    await aToken(file, "ci", "editor");
    const again = await createToken(file, { name: "ci", role: "admin", created: NOW, expires: null });
    assert.deepEqual(again, { ok: false, because: "there is a token ci already" });
    assert.deepEqual(
      (await listTokens(file)).map(({ name, role }) => [name, role]),
      [["ci", "editor"]],
    );
  });

  it("are no more than so many", async () => {
    const record = { role: "viewer", sha256: "0".repeat(64), created: "2026-01-01T00:00:00Z", expires: null };
    const tokens = Array.from({ length: TOKENS_MAX }, (_, i) => ({ name: `t${i}`, ...record }));
    const file = new MemorySharedFile(JSON.stringify({ tokens }));
    const made = await createToken(file, { name: "one-more", role: "viewer", created: NOW, expires: null });
    assert.equal(made.ok, false);
    assert.equal((await listTokens(file)).length, TOKENS_MAX);
  });

  it("let nobody in, and are not written over, when their file is damaged", async () => {
    for (const text of ["", "{", "[]", '{"tokens":[{"name":"x"}]}', '{"tokens":[],"more":1}']) {
      const file = new MemorySharedFile(text);
      const isDamaged = (error: unknown): boolean =>
        error instanceof OperationFailure && /damaged/.test(error.message);
      await assert.rejects(new Tokens(file).judge(`holdfast_${"A".repeat(43)}`, NOW), isDamaged);
      await assert.rejects(
        createToken(file, { name: "ci", role: "admin", created: NOW, expires: null }),
        isDamaged,
      );
      assert.equal(await file.read(), text);
    }
  });
});
