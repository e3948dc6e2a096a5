import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import type { Pool } from "../../../controller/nginx/model.ts";
import { sealRelease } from "../../../controller/nginx/release.ts";
import { renderProxy } from "../../../controller/nginx/render.ts";
import { aBackend, aModel, aPage, aPool, sha256 } from "../../support/nginx-models.ts";

const ID = "0123456789ab";
const textOf = (...pools: readonly Pool[]): string => renderProxy(aModel(pools), ID).text;
const a = aPool({ name: "default/a", ports: [80] });
const b = aPool({ name: "default/b", ports: [81] });

describe("a rendering", () => {
  it("is the same in whatever order the pools come", () => assert.equal(textOf(a, b), textOf(b, a)));

  it("is named by its bytes, and says its name", () => {
    const { release } = sealRelease(aModel([a]), sha256);
    assert.equal(release.id, sha256(renderProxy(aModel([a]), "000000000000").text).slice(0, 12));
    assert.ok(release.text.includes(`return 200 "${release.id} `));
    assert.notEqual(release.id, sealRelease(aModel([b]), sha256).release.id);
  });

  it("names the hosts that nginx looks up itself", () => {
    const pool = aPool({ backends: [aBackend("web.example"), aBackend("10.0.0.1")] });
    assert.deepEqual(renderProxy(aModel([pool]), ID).hostNames, ["web.example"]);
  });

  it("writes a backend of IPv6 in brackets, and looks up no name for it", () => {
    const pool = aPool({ backends: [aBackend("2001:db8::7", { port: 8080 })] });
    assert.match(textOf(pool), /server "?\[2001:db8::7\]:8080"? weight=1 max_fails=0;/);
    assert.deepEqual(renderProxy(aModel([pool]), ID).hostNames, []);
  });

  it("takes backups for regular backends when there are no others", () => {
    const text = textOf(aPool({ backends: [aBackend("10.0.0.1", { backup: true })] }));
    assert.match(text, /server 10\.0\.0\.1:80 weight=1 max_fails=0;/);
  });
});

describe("a pool that cannot be rendered is left out, and the others are not", () => {
  const unsound: readonly { what: string; pool: Partial<Pool>; message: RegExp }[] = [
    {
      what: "a backend that is none",
      pool: { backends: [aBackend("a;b")] },
      message: /"a;b" is not an address/,
    },
    {
      what: "a backend that is a socket",
      pool: { backends: [aBackend("unix:/x")] },
      message: /not an address/,
    },
    { what: "a port of 0", pool: { ports: [0] }, message: /0 is not a port/ },
    {
      what: "a weight of 0",
      pool: { backends: [aBackend("a", { weight: 0 })] },
      message: /0 is not a weight/,
    },
    { what: "a name that is none", pool: { name: "default/a\nb" }, message: /not NAMESPACE\/NAME/ },
    {
      what: "a page with a zero byte",
      pool: { sorryPage: aPage("\0") },
      message: /control character U\+0000/,
    },
    {
      what: "a type with a line end",
      pool: { sorryPage: aPage("", { contentType: "text/html\n" }) },
      message: /not a media type/,
    },
    { what: "a page of any length", pool: { sorryPage: aPage("a".repeat(70_000)) }, message: /longer than/ },
    { what: "a status of 99", pool: { sorryPage: aPage("", { status: 99 }) }, message: /status/ },
  ];
  for (const { what, pool, message } of unsound) {
    it(what, () => {
      const { text, problems } = renderProxy(
        aModel([aPool({ name: "default/bad", ports: [82], ...pool }), a]),
        ID,
      );
      assert.equal(text, textOf(a));
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.message ?? "", message);
    });
  }

  it("a listener that another pool has", () => {
    const { text, problems } = renderProxy(aModel([a, { ...a, name: "default/late" }]), ID);
    assert.equal(text, textOf(a));
    assert.deepEqual(problems, [{ pool: "default/late", message: "*:80 is served by default/a already" }]);
  });
});

describe("a backend that failed rests", () => {
  const cases: readonly { what: string; pool: Partial<Pool>; text: RegExp }[] = [
    { what: "not at all when it is the only one", pool: { backends: [aBackend("a")] }, text: /max_fails=0;/ },
    { what: "for a while when nobody probes it", pool: {}, text: /max_fails=1 fail_timeout=5s;/ },
    {
      what: "until the next probe, in whole seconds",
      pool: { checkInterval: millis(1500) },
      text: /max_fails=1 fail_timeout=2s;/,
    },
    {
      what: "not for long when it is seldom probed",
      pool: { checkInterval: millis(60_000) },
      text: /max_fails=1 fail_timeout=10s;/,
    },
    { what: "for a second at least", pool: { checkInterval: millis(50) }, text: /fail_timeout=1s;/ },
  ];
  for (const { what, pool, text } of cases) it(what, () => assert.match(textOf(aPool(pool)), text));
});
