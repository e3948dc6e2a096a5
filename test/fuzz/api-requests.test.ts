/**
 * Thousands of broken requests to the API of a node, over TLS, by somebody who may do everything: each is answered with a Status, or with what
 * was asked for; nothing is stored that does not validate; and the node is as well as before.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json, JsonObject } from "../../controller/resource/json-schema.ts";
import { judgeManifest } from "../../controller/resource/judge-manifest.ts";
import { between, pick, type Random, seededRandom } from "../simulation/random.ts";
import { type ApiHost, startApiHost } from "../support/api-host-process.ts";
import { type Answered, ask, keptAlive, told, Wire } from "../support/hostile-client.ts";
import { type RandomRequest, randomRequest } from "../support/random-requests.ts";

const REQUESTS = 6_000;
const AT_ONCE = 8;
const BROKEN_WIRES = 150;
const GROWTH_MAX = 120_000_000;
const SEED = Number(process.env["HOLDFAST_SEED"] ?? 1);
/** Those that an API server of Kubernetes gives, too; and 408 and 431, of what is hardly a request. */
const CODES = [200, 201, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410, 413, 415, 422, 429, 431, 504];
const FAULTS = /node:internal|\.ts:\d+|\.js:\d+|TypeError|RangeError|undefined/;

describe(`the API, asked nonsense (seed ${SEED})`, () => {
  it("answers each request with a Status or with what was asked for, and stores nothing that is not valid", async (t) => {
    await using host = await startApiHost({ limits: { requests: null } });
    const random = seededRandom(SEED);
    const agent = keptAlive(host, "admin", AT_ONCE);
    const before = await host.memory();
    const codes = new Map<number, number>();
    for (let count = 0; count < REQUESTS; count += AT_ONCE) {
      const requests = Array.from({ length: AT_ONCE }, () => randomRequest(random));
      const answers = await Promise.all(requests.map((request) => answerTo(host, agent, request)));
      for (const [index, answered] of answers.entries()) {
        judge(requests[index] ?? assert.fail(), answered);
        codes.set(answered.status, (codes.get(answered.status) ?? 0) + 1);
      }
    }
    agent.destroy();
    const growth = (await host.memory()) - before;
    t.diagnostic(`${JSON.stringify([...codes].sort())}; memory grew by ${(growth / 1e6).toFixed(0)} MB`);
    for (const code of [200, 201, 400, 404, 405, 409, 415, 422])
      assert.ok(
        (codes.get(code) ?? 0) > 0,
        `nothing was answered with ${code}: the requests are not what they are to be`,
      );
    assert.ok(growth < GROWTH_MAX, `${growth} bytes`);
    assert.deepEqual(await host.errors(), []);
    const objects = await host.objects();
    assert.ok(objects.length > 0);
    for (const object of objects) assertValid(object);
    assert.equal(await host.polluted(), false);
  });

  it("answers what is no request at all with a Status, or not", async () => {
    await using host = await startApiHost({ limits: { requests: null } });
    const random = seededRandom(SEED);
    const codes = new Set<number>();
    for (let count = 0; count < BROKEN_WIRES; count++) {
      const wire = await Wire.open(host, pick(random, ["admin", "nobody"]));
      wire.send(brokenText(random));
      wire.socket.end();
      await wire.closed;
      for (const answered of wire.answers()) {
        codes.add(answered.status);
        assert.ok(CODES.includes(answered.status), wire.text);
        if (answered.status >= 400) assert.doesNotThrow(() => told(answered), wire.text);
      }
    }
    assert.ok(codes.has(400) && codes.has(431), `${[...codes]}`);
    assert.equal((await ask(host, "viewer", "/version")).status, 200);
    assert.deepEqual(await host.errors(), []);
  });
});

async function answerTo(
  host: ApiHost,
  agent: ReturnType<typeof keptAlive>,
  { method, path, headers, body }: RandomRequest,
): Promise<Answered> {
  const end = { now: (): void => undefined };
  const watching = (stop: () => void): void => {
    end.now = stop;
  };
  const isWatch = /[?&]watch=/.test(path);
  const answered = await ask(host, "admin", path, {
    method,
    agent,
    headers: { ...headers, ...(body.length === 0 ? {} : { "Content-Length": String(body.length) }) },
    ...(body.length === 0 ? {} : { body }),
    ...(isWatch ? { watching } : {}),
  });
  end.now();
  return answered;
}

function judge(
  { method, path, headers, body }: RandomRequest,
  { status, headers: answered, text }: Answered,
): void {
  const what = `seed ${SEED}: ${method} ${path} ${JSON.stringify(headers)}\n${Buffer.from(body).toString("latin1").slice(0, 500)}\n=> ${status} ${text.slice(0, 500)}`;
  assert.ok(CODES.includes(status), what);
  if (method === "HEAD" || (text === "" && status < 400)) return;
  if (status >= 400) {
    assert.doesNotThrow(() => told({ status, headers: answered, text }), what);
    assert.doesNotMatch(told({ status, headers: answered, text }), FAULTS, what);
  } else if (answered["content-type"]?.startsWith("application/json") === true) {
    const value: Json = JSON.parse(text);
    assert.ok(typeof value === "object" && value !== null && !Array.isArray(value), what);
    assert.ok("kind" in value || "paths" in value || "major" in value || "openapi" in value, what);
  }
}

/** By the rules by which `holdfast validate` judges files. */
function assertValid(object: JsonObject): void {
  const { apiVersion, kind, metadata, spec } = object as { metadata: JsonObject } & JsonObject;
  const { name, namespace, labels, annotations } = metadata;
  const value = { apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec };
  const { complaints } = judgeManifest(JSON.parse(JSON.stringify(value)));
  assert.deepEqual(
    complaints.filter(({ severity }) => severity === "error"),
    [],
    `seed ${SEED}: ${JSON.stringify(object)}`,
  );
}

/** Bytes where a request is expected. */
function brokenText(random: Random): string {
  const noise = (length: number): string =>
    Array.from({ length }, () => String.fromCharCode(between(random, 0, 255))).join("");
  return pick(random, [
    noise(between(random, 1, 300)),
    "GET / HTTP/9.9\r\n\r\n",
    "GET  HTTP/1.1\r\n\r\n",
    `GET /${noise(20)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `FROB /version HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /version HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(20_000)}\r\n\r\n`,
    `GET /version HTTP/1.1\r\nHost: x\r\n${noise(5)}: x\r\n\r\n`,
    "POST /apis HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /apis HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "POST /apis HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "POST /apis HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "GET http://other.example/version HTTP/1.1\r\nHost: x\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /version HTTP/1.1\r\n\r\n",
    "GET /version HTTP/1.0\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ]);
}
