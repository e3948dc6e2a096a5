import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { describe, it } from "node:test";
import { at } from "../../controller/object/tree.ts";
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import { vipSpec } from "../support/api-objects.ts";
import { type ApiServer, startApiServer } from "../support/api-server.ts";
import { followWatch } from "../support/api-watch.ts";
import { deadline } from "../support/deadline.ts";

const VIPS = "/apis/holdfast.dev/v1alpha1/namespaces/default/virtualips";
const CHECKS = "/apis/holdfast.dev/v1alpha1/namespaces/default/healthchecks";

interface Told {
  readonly status: number;
  readonly body: JsonObject;
  readonly warnings: string;
}

async function ask(
  { url }: ApiServer,
  method: string,
  path: string,
  body?: JsonObject | readonly JsonObject[] | string,
  headers: Record<string, string> = {},
): Promise<Told> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = body === undefined ? {} : { body: text };
  const response = await fetch(url + path, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    ...init,
  });
  const told = await response.text();
  return {
    status: response.status,
    body: told.startsWith("{") ? JSON.parse(told) : { text: told },
    warnings: response.headers.get("Warning") ?? "",
  };
}

const vip = (name: string, spec: JsonObject = vipSpec(), metadata: JsonObject = {}): JsonObject => ({
  apiVersion: "holdfast.dev/v1alpha1",
  kind: "VirtualIP",
  metadata: { name, ...metadata },
  spec,
});
const check = (name: string): JsonObject => ({
  apiVersion: "holdfast.dev/v1alpha1",
  kind: "HealthCheck",
  metadata: { name },
  spec: { process: { name: "nginx" } },
});
const message = ({ status, body }: Told): string =>
  `${status} ${String(body["reason"])}: ${String(body["message"])}`;
const MERGE = { "Content-Type": "application/merge-patch+json" };

describe("the API over HTTP", () => {
  it("keeps what is created, and shows it to whoever asks, in the form that they ask for", async () => {
    await using server = await startApiServer();
    const created = await ask(server, "POST", VIPS, vip("web"));
    assert.equal(created.status, 201);
    assert.equal(at(created.body, "metadata", "generation"), 1);
    assert.notEqual(at(created.body, "metadata", "resourceVersion"), undefined);
    assert.deepEqual((await ask(server, "GET", `${VIPS}/web`)).body, created.body);
    const list = await ask(server, "GET", VIPS);
    assert.deepEqual(list.body["items"], [created.body]);
    const table = await ask(server, "GET", VIPS, undefined, {
      Accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    });
    assert.deepEqual(at(table.body, "rows", "0") ?? at(table.body, "kind"), "Table");
    assert.equal((await ask(server, "GET", "/healthz")).body["text"], "ok");
  });

  it("refuses in the words of a Kubernetes API server, and says what is wrong", async () => {
    await using server = await startApiServer();
    await ask(server, "POST", VIPS, vip("web"));
    assert.equal(
      message(await ask(server, "GET", `${VIPS}/nope`)),
      '404 NotFound: virtualips.holdfast.dev "nope" not found',
    );
    assert.equal(
      message(await ask(server, "POST", VIPS, vip("web"))),
      '409 AlreadyExists: virtualips.holdfast.dev "web" already exists',
    );
    assert.match(
      message(await ask(server, "POST", VIPS, vip("bad", { ...vipSpec(), vrrp: { virtualRouterID: 256 } }))),
      /^422 Invalid: VirtualIP.holdfast.dev "bad" is invalid: spec.vrrp.virtualRouterID: Invalid value: 256/,
    );
    assert.match(
      message(await ask(server, "POST", VIPS, "{")),
      /^400 BadRequest: the body is not valid JSON/,
    );
    assert.equal(
      message(await ask(server, "POST", VIPS.replace("default", "other"), vip("web"))),
      '404 NotFound: namespaces "other" not found',
    );
    assert.match(message(await ask(server, "PUT", VIPS, vip("web"))), /^405 MethodNotAllowed/);
    const huge = vip("huge", vipSpec(), { annotations: { a: "x".repeat(2_100_000) } });
    assert.match(message(await ask(server, "POST", VIPS, huge)), /^413 RequestEntityTooLarge/);
    assert.match(
      message(await ask(server, "PATCH", `${VIPS}/web`, {}, { "Content-Type": "text/plain" })),
      /^415 UnsupportedMediaType/,
    );
  });

  it("refuses an object that claims what another has, and warns of one that is not there yet", async () => {
    await using server = await startApiServer();
    await ask(server, "POST", VIPS, vip("web"));
    const second = await ask(
      server,
      "POST",
      VIPS,
      vip("two", { ...vipSpec(), addresses: ["192.0.2.11/32"] }),
    );
    assert.match(
      message(second),
      /^422 Invalid: .*"two" is invalid: spec.vrrp.virtualRouterID: Invalid value: .*VirtualIP "web"/,
    );
    const tracking = { ...vipSpec(52), addresses: ["192.0.2.12/32"], track: [{ healthCheck: "alive" }] };
    const warned = await ask(server, "POST", VIPS, vip("three", tracking));
    assert.equal(warned.status, 201);
    assert.match(warned.warnings, /^299 - "spec.track\[0\].healthCheck: there is no HealthCheck \\"alive\\"/);
    await ask(server, "POST", CHECKS, check("alive"));
    const missed = await ask(server, "DELETE", `${CHECKS}/alive?dryRun=All`);
    assert.match(missed.warnings, /VirtualIP\/default\/three refers to it in spec.track\[0\].healthCheck/);
    assert.equal((await ask(server, "GET", `${CHECKS}/alive`)).status, 200, "a dry run deletes nothing");
  });

  it("changes nothing in a dry run, wherever that is asked for", async () => {
    await using server = await startApiServer();
    await ask(server, "POST", VIPS, vip("web"));
    const before = await server.store.version();
    assert.equal((await ask(server, "POST", `${VIPS}?dryRun=All`, vip("new", vipSpec(60)))).status, 422);
    const fresh = { ...vipSpec(60), addresses: ["192.0.2.60/32"] };
    assert.equal((await ask(server, "POST", `${VIPS}?dryRun=All`, vip("new", fresh))).status, 201);
    const patched = await ask(
      server,
      "PATCH",
      `${VIPS}/web?dryRun=All`,
      { spec: { interface: "eth1" } },
      MERGE,
    );
    assert.equal(at(patched.body, "spec", "interface"), "eth1");
    await ask(server, "DELETE", `${VIPS}/web`, { kind: "DeleteOptions", apiVersion: "v1", dryRun: ["All"] });
    await ask(server, "DELETE", `${VIPS}?dryRun=All`);
    assert.equal(await server.store.version(), before);
    assert.match(
      message(await ask(server, "POST", `${VIPS}?dryRun=Some`, vip("new", fresh))),
      /^422 Invalid: CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value/,
    );
  });

  it("of two who replace the same version one is refused; patches all arrive", async () => {
    await using server = await startApiServer();
    const { body } = await ask(server, "POST", VIPS, vip("web"));
    const put = (interfaceName: string): Promise<Told> =>
      ask(server, "PUT", `${VIPS}/web`, { ...body, spec: { ...vipSpec(), interface: interfaceName } });
    const codes = (await Promise.all([put("eth1"), put("eth2")])).map(({ status }) => status).sort();
    assert.deepEqual(codes, [200, 409]);
    const label = (number: number): Promise<Told> =>
      ask(server, "PATCH", `${VIPS}/web`, { metadata: { labels: { [`l${number}`]: "x" } } }, MERGE);
    const patched = await Promise.all([1, 2, 3, 4].map(label));
    assert.deepEqual(
      patched.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    const live = await ask(server, "GET", `${VIPS}/web`);
    assert.deepEqual(at(live.body, "metadata", "labels"), { l1: "x", l2: "x", l3: "x", l4: "x" });
  });

  it("keeps what has a finalizer until that is taken off", async () => {
    await using server = await startApiServer();
    await ask(server, "POST", CHECKS, {
      ...check("dns"),
      metadata: { name: "dns", finalizers: ["example.com/dns"] },
    });
    const waiting = await ask(server, "DELETE", `${CHECKS}/dns`);
    assert.notEqual(at(waiting.body, "metadata", "deletionTimestamp"), undefined);
    assert.equal((await ask(server, "GET", `${CHECKS}/dns`)).status, 200);
    await ask(server, "PATCH", `${CHECKS}/dns`, { metadata: { finalizers: null } }, MERGE);
    assert.equal((await ask(server, "GET", `${CHECKS}/dns`)).status, 404);
  });

  it("tells a watch of all that changes, of what enters its selection, and of what leaves it", async () => {
    await using server = await startApiServer();
    await using watch = await followWatch(server.url, `${CHECKS}?watch=true&labelSelector=team%3Da`);
    await ask(server, "POST", CHECKS, check("plain"));
    await ask(server, "PATCH", `${CHECKS}/plain`, { metadata: { labels: { team: "a" } } }, MERGE);
    await ask(server, "PATCH", `${CHECKS}/plain`, { metadata: { labels: { more: "x" } } }, MERGE);
    await ask(server, "PATCH", `${CHECKS}/plain`, { metadata: { labels: { team: "b" } } }, MERGE);
    await ask(server, "DELETE", `${CHECKS}/plain`);
    assert.deepEqual(await watch.take(3), ["ADDED plain", "MODIFIED plain", "DELETED plain"]);
  });

  it("begins a watch where the client is, or with all that there is, and says when that is told", async () => {
    await using server = await startApiServer();
    await ask(server, "POST", CHECKS, check("one"));
    const version = await server.store.version();
    await using later = await followWatch(server.url, `${CHECKS}?watch=true&resourceVersion=${version}`);
    await using all = await followWatch(
      server.url,
      `${CHECKS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    await ask(server, "POST", CHECKS, check("two"));
    assert.deepEqual(await later.take(1), ["ADDED two"]);
    assert.deepEqual(await all.take(3), ["ADDED one", "BOOKMARK initial-events-end", "ADDED two"]);
    const old = await ask(server, "GET", `${CHECKS}?watch=true&resourceVersion=999999`);
    assert.match(message(old), /^504 Timeout: Timeout: Too large resource version: 999999/);
  });

  it("ends a watch when its time is over", async () => {
    await using server = await startApiServer();
    const response = await fetch(`${server.url}${CHECKS}?watch=true&timeoutSeconds=1`);
    assert.equal(await response.text(), "");
  });

  it("serves so many watches and no more, and others again when those have gone", async () => {
    await using server = await startApiServer();
    const open = (): Promise<readonly [ClientRequest, IncomingMessage]> =>
      openWatch(`${server.url}${CHECKS}?watch=true`);
    const opened = await Promise.all(Array.from({ length: 500 }, open));
    assert.deepEqual([...new Set(opened.map(([, { statusCode }]) => statusCode))], [200]);
    const refused = await ask(server, "GET", `${CHECKS}?watch=true`);
    assert.match(message(refused), /^429 TooManyRequests: 500 watches are open already/);
    const closed = Promise.all(opened.map(([request]) => once(request, "close")));
    for (const [request] of opened) request.destroy();
    await closed;
    await deadline("a watch is served again", async () => {
      const [request, { statusCode }] = await open();
      request.destroy();
      return statusCode === 200;
    });
  });
});

async function openWatch(url: string): Promise<readonly [ClientRequest, IncomingMessage]> {
  const request = httpRequest(url, { agent: false });
  // Broken off by us at the end.
  request.on("error", () => undefined);
  request.end();
  const [response]: IncomingMessage[] = await once(request, "response");
  assert.ok(response !== undefined);
  response.on("error", () => undefined).resume();
  return [request, response];
}
