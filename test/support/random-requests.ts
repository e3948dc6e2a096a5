/** Requests that nobody in his right mind would send, from a seed: a whole one of ours, or one with something wrong in each of its parts. */
import { METHODS } from "node:http";
import { unreachable } from "../../controller/net/unreachable.ts";
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import { between, pick, type Random } from "../simulation/random.ts";
import { vipSpec } from "./api-objects.ts";

export interface RandomRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const GROUP = "/apis/holdfast.dev/v1alpha1";
const PLURALS = ["virtualips", "proxypools", "healthchecks"] as const;
const NAMES = [
  "web",
  "alive",
  "a.b",
  "__proto__",
  "constructor",
  "%00",
  "%zz",
  "%2e%2e",
  "%F0%9F%92%A9",
  "x".repeat(300),
  "",
] as const;
const PLACES = [
  "/api",
  "/apis",
  "/apis/",
  "/version",
  "/healthz",
  "/readyz/x",
  "/openapi/v2",
  "/openapi/v3",
  "/openapi/v3/apis/holdfast.dev/v1alpha1",
  "/openapi/v3/../../etc/passwd",
  "/api/v1",
  "/api/v1/nodes",
  "/api/v1/nodes/lb1",
  "/api/v1/namespaces",
  "/api/v1/namespaces/default",
  "/api/v1/events",
  "/api/v1/namespaces/default/events",
  "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  GROUP,
  "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
  "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
  "/apis/authentication.k8s.io/v1/selfsubjectreviews",
  "/v1/status",
  "/",
  "//",
  "/apis//v1",
  "/%2fapis",
  "*",
  "/metrics",
  "/constructor",
  `${GROUP}/namespaces/default/virtualips/web/status/more`,
  `${GROUP}/namespaces/other/virtualips`,
  `${GROUP}/nothings`,
] as const;
const PARAMETERS = [
  "watch=true",
  "watch=1&timeoutSeconds=1",
  "watch=true&resourceVersion=999999",
  "resourceVersion=0",
  "resourceVersion=-1",
  "resourceVersion=1e9",
  "resourceVersion=99999999999999999999",
  "resourceVersionMatch=Exact",
  "resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true",
  "labelSelector=a%3Db",
  "labelSelector=a%20in%20(",
  "labelSelector=!!!",
  `labelSelector=${"a,".repeat(500)}`,
  "fieldSelector=metadata.name%3Dweb",
  "fieldSelector=__proto__%3Dx",
  "fieldSelector=%3D",
  "limit=-1",
  "limit=500&continue=xyz",
  "dryRun=All",
  "dryRun=Some",
  "dryRun=All&dryRun=All",
  "fieldManager=me",
  `fieldManager=${"m".repeat(200)}`,
  "fieldManager=%00",
  "force=true",
  "force=maybe",
  "fieldValidation=Strict",
  "fieldValidation=Nonsense",
  "timeoutSeconds=abc",
  "includeObject=Object",
  "includeObject=x",
  "pretty=true",
  "a=%zz",
  "%",
  "=",
  "&&&",
  "hash=1",
] as const;
const TYPES = [
  "application/json",
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/apply-patch+yaml",
  "application/strategic-merge-patch+json",
  "text/plain",
  "a",
  "",
  ";;;",
  "application/json; charset=utf-16",
  "APPLICATION/JSON",
  "multipart/form-data; boundary=x",
  "application/cbor",
] as const;
const ACCEPTS = [
  "*/*",
  "application/json",
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "application/json;as=Table;v=v9;g=meta.k8s.io",
  "text/html",
  "application/vnd.kubernetes.protobuf",
  ",,,",
  "a/b;q=",
  "application/json;".repeat(50),
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
] as const;

/** Of everything that may stand where a value is expected. */
function strangeValue(random: Random): string {
  return pick(random, [
    "null",
    "true",
    "-0",
    "1e400",
    "1e-400",
    "123456789012345678901234567890",
    "0.1",
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"💥"',
    "[]",
    "{}",
    "[[[[]]]]",
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"a":1,"a":2}',
    `"${"x".repeat(5_000)}"`,
    `${"[".repeat(500)}${"]".repeat(500)}`,
    `${'{"a":'.repeat(100)}1${"}".repeat(100)}`,
    "[null,null]",
    '["192.0.2.10/32"]',
    '"192.0.2.10/33"',
    '"eth0"',
    '{"$ref":"#"}',
    "9007199254740993",
    '"9007199254740993"',
    '"2026-02-30T00:00:00Z"',
    '[{"key":"a"},{"key":"a"}]',
  ]);
}

type Plural = (typeof PLURALS)[number];

/** Something of ours that is right. */
function wholeObject(random: Random, plural: Plural, name: string): JsonObject {
  const [kind, spec] = contentOf(random, plural);
  const metadata: JsonObject = {
    name,
    ...(random() < 0.2 ? { labels: { a: "b" }, annotations: { note: "x" } } : {}),
    ...(random() < 0.1 ? { finalizers: ["example.com/x"] } : {}),
    ...(random() < 0.1 ? { resourceVersion: "1" } : {}),
  };
  return { apiVersion: "holdfast.dev/v1alpha1", kind, metadata, spec };
}

function contentOf(random: Random, plural: Plural): readonly [string, JsonObject] {
  switch (plural) {
    case "virtualips": {
      const number = between(random, 1, 255);
      return ["VirtualIP", { ...vipSpec(number), addresses: [`192.0.2.${number}/32`] }];
    }
    case "healthchecks":
      return ["HealthCheck", { file: { path: `/etc/holdfast/${between(random, 1, 9)}` } }];
    case "proxypools": {
      const listeners = [{ name: "http", protocol: "HTTP", port: between(random, 1, 65_535) }];
      return ["ProxyPool", { listeners, backends: [{ address: "192.0.2.7", port: 80 }] }];
    }
    default:
      return unreachable(plural);
  }
}

/** One value of it is replaced, wherever it stands. */
function withStrangeValue(random: Random, text: string): string {
  const places = [...text.matchAll(/:("[^"]*"|\d+|\[[^\]]*\]|\{[^{}]*\})/g)];
  const place = places[between(random, 0, Math.max(0, places.length - 1))];
  if (place === undefined) return text;
  const begin = place.index + 1;
  return text.slice(0, begin) + strangeValue(random) + text.slice(begin + (place[1] ?? "").length);
}

function patchText(random: Random): string {
  const pointer = pick(random, [
    "/spec",
    "/spec/addresses/0",
    "/spec/addresses/-",
    "/metadata/labels/a~1b",
    "/metadata/managedFields",
    "",
    "spec",
    "/__proto__/x",
    "/a~2",
  ]);
  const operation = (): string =>
    `{"op":"${pick(random, ["add", "remove", "replace", "move", "copy", "test", "explode"])}","path":"${pointer}","from":"/metadata","value":${strangeValue(random)}}`;
  return `[${Array.from({ length: between(random, 0, 5) }, operation).join(",")}]`;
}

const YAMLS = [
  "a: &x [1]\nb: *x\n",
  "a: &a [*a]\n",
  "? {a: b}\n: c\n",
  "a: 1\na: 2\n",
  "- ".repeat(300),
  "%YAML 9.9\n---\na: b\n",
  "a: !!binary x\n",
  "a: b\n---\nc: d\n",
  "apiVersion: holdfast.dev/v1alpha1\nkind: HealthCheck\nmetadata: {name: alive}\nspec: {process: {name: nginx}}\n",
  "\u0001: x\n",
  "{a: b",
  "<<: {a: b}\n",
] as const;

/** `k8s\0`, and then whatever. */
const protobuf = (random: Random): Uint8Array =>
  Uint8Array.from([
    0x6b,
    0x38,
    0x73,
    0,
    ...Array.from({ length: between(random, 0, 60) }, () => between(random, 0, 255)),
  ]);

function strangeBody(random: Random): string {
  const options = `"dryRun":${strangeValue(random)},"preconditions":${strangeValue(random)}`;
  const attributes = `"resourceAttributes":${strangeValue(random)},"unschedulable":${strangeValue(random)}`;
  const text = JSON.stringify(wholeObject(random, pick(random, PLURALS), pick(random, NAMES)));
  return pick(random, [
    strangeValue(random),
    patchText(random),
    pick(random, YAMLS),
    text,
    text.slice(0, between(random, 0, text.length)),
    "",
    `{"kind":"DeleteOptions","apiVersion":"v1",${options}}`,
    `{"spec":{${attributes}}}`,
  ]);
}

function strangePath(random: Random): string {
  const plural = pick(random, PLURALS);
  return pick(random, [
    `${GROUP}/namespaces/default/${plural}/${pick(random, NAMES)}`,
    `${GROUP}/namespaces/${pick(random, NAMES)}/${plural}/web`,
    `${GROUP}/${plural}`,
    pick(random, PLACES),
    pick(random, PLACES),
  ]);
}

/** What a client would send, as far as it goes. */
interface Deed {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

function sensibleDeed(random: Random): Deed {
  const plural = pick(random, PLURALS);
  const name = pick(random, ["web", "alive", "other"]);
  const all = `${GROUP}/namespaces/default/${plural}`;
  const one = random() < 0.1 ? `${all}/${name}/status` : `${all}/${name}`;
  const text = JSON.stringify(wholeObject(random, plural, name));
  const [method, path, type] = pick(random, [
    ["POST", all, "application/json"],
    ["POST", all, "application/json"],
    ["POST", all, "application/yaml"],
    ["PUT", one, "application/json"],
    ["PATCH", one, "application/merge-patch+json"],
    ["PATCH", one, "application/apply-patch+yaml"],
    ["PATCH", one, "application/json-patch+json"],
    ["DELETE", one, "application/json"],
    ["GET", one, ""],
    ["GET", all, ""],
    ["DELETE", all, "application/json"],
  ] as const);
  const isEmpty = method === "GET" || method === "DELETE";
  return {
    method,
    path,
    type,
    text: isEmpty ? "" : type.startsWith("application/json-patch") ? patchText(random) : text,
  };
}

/** Those that HTTP has, but for CONNECT, which asks for no answer of ours. */
const STRANGE_METHODS = METHODS.filter((method) => method !== "CONNECT");

/** Most things about it are right, or it would be refused at the door; one or two are not. */
export function randomRequest(random: Random): RandomRequest {
  const deed = sensibleDeed(random);
  const often = (share: number, otherwise: () => string, usual: string): string =>
    random() < share ? otherwise() : usual;
  const method = often(
    0.06,
    () => STRANGE_METHODS[between(random, 0, STRANGE_METHODS.length - 1)] ?? "GET",
    deed.method,
  );
  const type = often(0.15, () => pick(random, TYPES), deed.type);
  const headers: Record<string, string> = {
    ...(type === "" ? {} : { "Content-Type": type }),
    Accept: often(0.15, () => pick(random, ACCEPTS), "application/json"),
    "User-Agent": pick(random, ["kubectl/v1.32.5 (linux/amd64)", "", "/", "x".repeat(1_000)]),
    ...(random() < 0.05 ? { Expect: pick(random, ["100-continue", "a miracle"]) } : {}),
    ...(random() < 0.03 ? { "Impersonate-User": "root" } : {}),
    ...(random() < 0.03 ? { "If-None-Match": pick(random, ['"x"', "*", '"']) } : {}),
    ...(random() < 0.03 ? { Upgrade: "websocket", Connection: "Upgrade" } : {}),
  };
  const path = often(0.2, () => strangePath(random), deed.path);
  const parameters =
    random() < 0.6 ? [] : Array.from({ length: between(random, 1, 3) }, () => pick(random, PARAMETERS));
  return {
    method,
    path: parameters.length === 0 ? path : `${path}?${parameters.join("&")}`,
    headers,
    body: bytesOf(random, deed.text),
  };
}

function bytesOf(random: Random, text: string): Uint8Array {
  const chance = random();
  if (chance < 0.05) return protobuf(random);
  if (chance < 0.2) return new TextEncoder().encode(strangeBody(random));
  const bytes = new TextEncoder().encode(chance < 0.6 ? withStrangeValue(random, text) : text);
  if (chance > 0.95 && bytes.length > 0)
    bytes[between(random, 0, bytes.length - 1)] = between(random, 0, 255);
  return bytes;
}
