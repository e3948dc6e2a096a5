/** The largest ProxyPool that its schema takes: it fits the store with all that is kept of who owns which field, or is refused by name. */
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { RECORD_BYTES_MAX } from "../../controller/port/resource-store.ts";
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import { type ApiServer, startApiServer } from "../support/api-server.ts";

const PATH = "/apis/holdfast.dev/v1alpha1/namespaces/default/proxypools/largest";
const BACKENDS = 1000;
const LISTENERS = 32;
const VIRTUAL_IPS = 64;
const HOST_CHARACTERS = 253;
const PAGE_CHARACTERS = 65_536;

let server: ApiServer;
before(async () => {
  server = await startApiServer();
});
after(() => server[Symbol.asyncDispose]());

/** Labels of 63 characters, the last as long as fits. */
function hostName(index: number): string {
  const label = (character: string): string => character.repeat(63);
  const end = `h${index}`.padEnd(HOST_CHARACTERS - 3 * 64, "x");
  return `${label("a")}.${label("b")}.${label("c")}.${end}`;
}

const dnsLabel = (start: string, index: number): string => `${start}${index}`.padEnd(63, "x");

/** `page`: a character that its sorry page is full of. */
const largest = (page: string, metadata: JsonObject = {}) => ({
  apiVersion: "holdfast.dev/v1alpha1",
  kind: "ProxyPool",
  metadata: { name: "largest", ...metadata },
  spec: {
    virtualIPs: Array.from({ length: VIRTUAL_IPS }, (_, index) => dnsLabel("v", index)),
    listeners: Array.from({ length: LISTENERS }, (_, index) => ({
      name: dnsLabel("l", index),
      port: 65_535 - index,
    })),
    backends: Array.from({ length: BACKENDS }, (_, index) => ({
      address: hostName(index),
      port: 65_535,
      weight: 1000,
      backup: index > 0,
    })),
    healthCheck: dnsLabel("h", 0),
    sorryPage: { body: page.repeat(PAGE_CHARACTERS), status: 503 },
  },
});

async function apply(manager: string, object: JsonObject) {
  const response = await fetch(`${server.url}${PATH}?fieldManager=${manager}&force=true`, {
    method: "PATCH",
    headers: { "Content-Type": "application/apply-patch+yaml" },
    body: JSON.stringify(object),
  });
  const body = (await response.json()) as { readonly reason?: string; readonly message?: string };
  return { status: response.status, said: `${body.reason ?? ""}: ${body.message ?? ""}` };
}

const KEY = { kind: "ProxyPool", namespace: "default", name: "largest" } as const;

it("with every field at its limit, and its backends owned one by one, it is stored", async (t) => {
  const { status, said } = await apply("first", largest("x"));
  assert.equal(status, 201, said);
  const stored = await server.store.get(KEY);
  const bytes = Buffer.byteLength(JSON.stringify(stored));
  t.diagnostic(`${bytes} of ${RECORD_BYTES_MAX} bytes`);
  assert.ok(bytes > RECORD_BYTES_MAX / 2, `${bytes} bytes are not large`);
});

it("one whose page takes six bytes a character in JSON is refused with its size and the limit, and the old one stays", async () => {
  const before = await server.store.get(KEY);
  const { status, said } = await apply(
    "first",
    largest("\u0001", { annotations: { note: "x".repeat(100_000) } }),
  );
  assert.equal(status, 507);
  assert.match(
    said,
    /^InternalError: the store refuses to write: .*resource\/ProxyPool\/default\/largest would take \d{7} bytes; the most that is kept is 1000000$/,
  );
  assert.deepEqual(await server.store.get(KEY), before);
});

it("a second owner of each of its fields is one too many, is told so in the same words, and the old one stays", async () => {
  const before = await server.store.get(KEY);
  const { status, said } = await apply("second", largest("x"));
  assert.equal(status, 507);
  assert.match(said, /would take \d{7} bytes; the most that is kept is 1000000$/);
  assert.deepEqual(await server.store.get(KEY), before);
});

it("one backend more is refused by the schema", async () => {
  const before = await server.store.get(KEY);
  const pool = largest("x");
  const { status, said } = await apply("first", {
    ...pool,
    spec: { ...pool.spec, backends: [...pool.spec.backends, { address: "192.0.2.1" }] },
  });
  assert.equal(status, 422);
  assert.match(said, /^Invalid: .*spec\.backends.*1000/);
  assert.deepEqual(await server.store.get(KEY), before);
});
