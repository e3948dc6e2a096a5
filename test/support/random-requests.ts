/** Requests that nobody in his right mind would send, from a seed: a whole one of ours, or one with something wrong in each of its parts. */
import { METHODS } from "node:http";
import { unreachable } from "../../controller/net/unreachable.ts";
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import { between, pick, type Random } from "../simulation/random.ts";
import { vipSpec } from "./api-objects.ts";
import { ACCEPTS, NAMES, PARAMETERS, PLACES, strangeValue, TYPES, YAMLS } from "./strange-values.ts";

export interface RandomRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const GROUP = "/apis/holdfast.dev/v1alpha1";
const PLURALS = ["virtualips", "proxypools", "healthchecks"] as const;
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
interface Draft {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

function sensibleDraft(random: Random): Draft {
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
  const draft = sensibleDraft(random);
  const often = (share: number, otherwise: () => string, usual: string): string =>
    random() < share ? otherwise() : usual;
  const method = often(
    0.06,
    () => STRANGE_METHODS[between(random, 0, STRANGE_METHODS.length - 1)] ?? "GET",
    draft.method,
  );
  const type = often(0.15, () => pick(random, TYPES), draft.type);
  const headers: Record<string, string> = {
    ...(type === "" ? {} : { "Content-Type": type }),
    Accept: often(0.15, () => pick(random, ACCEPTS), "application/json"),
    "User-Agent": pick(random, ["kubectl/v1.32.5 (linux/amd64)", "", "/", "x".repeat(1_000)]),
    ...(random() < 0.05 ? { Expect: pick(random, ["100-continue", "a miracle"]) } : {}),
    ...(random() < 0.03 ? { "Impersonate-User": "root" } : {}),
    ...(random() < 0.03 ? { "If-None-Match": pick(random, ['"x"', "*", '"']) } : {}),
    ...(random() < 0.03 ? { Upgrade: "websocket", Connection: "Upgrade" } : {}),
  };
  const path = often(0.2, () => strangePath(random), draft.path);
  const parameters =
    random() < 0.6 ? [] : Array.from({ length: between(random, 1, 3) }, () => pick(random, PARAMETERS));
  return {
    method,
    path: parameters.length === 0 ? path : `${path}?${parameters.join("&")}`,
    headers,
    body: bytesOf(random, draft.text),
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
