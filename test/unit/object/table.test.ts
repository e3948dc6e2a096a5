import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseRfc3339, rfc3339, type WallTime } from "../../../controller/net/time.ts";
import { ageOf } from "../../../controller/object/age.ts";
import type { ApiResource } from "../../../controller/object/api-resource.ts";
import { EVENTS, NODES, RESOURCES } from "../../../controller/object/api-resources.ts";
import { isRefusal } from "../../../controller/object/refusal.ts";
import { readIncludeObject, type TableForm, tableOf } from "../../../controller/object/table.ts";
import { fieldOf } from "../../../controller/object/tree.ts";
import { isList, type Json, type JsonObject } from "../../../controller/resource/json-schema.ts";
import { NOW, storedVip, told } from "../../support/api-objects.ts";

const start = parseRfc3339(NOW) ?? (0 as WallTime);
const form: TableForm = {
  version: "v1",
  included: "Metadata",
  now: (start + 300_000) as WallTime,
  resourceVersion: "9",
};

/** As kubectl prints it: titles and cells, with those of `-o wide`. */
function printed(resource: ApiResource, object: JsonObject): Record<string, Json> {
  const table = tableOf(resource, [object], form);
  const list = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);
  const [row = null] = list(table["rows"]);
  const cells = list(fieldOf(row, "cells"));
  const titles = list(table["columnDefinitions"]).map(
    (each) => `${String(fieldOf(each, "name"))}${fieldOf(each, "priority") === 1 ? " (wide)" : ""}`,
  );
  assert.equal(cells.length, titles.length);
  return Object.fromEntries(titles.map((title, index) => [title, cells[index] ?? null]));
}

const ready = { type: "Ready", status: "True", message: "lb-1 answers for it" };

describe("kubectl get", () => {
  it("shows a VirtualIP with its holder and effective priorities", () => {
    const status = {
      conditions: [ready],
      nodes: [
        { node: "lb-1", state: "Master", priority: 100, holder: "lb-1" },
        { node: "lb-2", state: "Backup", priority: 80, holder: "lb-1" },
      ],
    };
    assert.deepEqual(printed(RESOURCES.VirtualIP, storedVip({}, { status })), {
      Name: "web",
      Addresses: "192.0.2.10/32",
      Holder: "lb-1",
      Ready: "True",
      Age: "5m",
      "VRID (wide)": 51,
      "Priorities (wide)": "100,80",
      "Nodes (wide)": "lb-1,lb-2",
      "Why (wide)": "lb-1 answers for it",
    });
  });

  it("shows nothing of what is not known yet", () => {
    const cells = printed(RESOURCES.VirtualIP, storedVip({}, { spec: {} }));
    assert.deepEqual(
      [cells["Addresses"], cells["Holder"], cells["Ready"], cells["VRID (wide)"], cells["Nodes (wide)"]],
      [null, null, null, null, null],
    );
  });

  it("shows the other kinds", () => {
    const check = storedVip(
      {},
      {
        spec: { http: {}, interval: "2s", fall: 2, rise: 3 },
        status: { nodes: [{ node: "lb-1", state: "Healthy" }] },
      },
    );
    const shown = printed(RESOURCES.HealthCheck, check);
    assert.deepEqual(
      [shown["Probe"], shown["Interval"], shown["Rise (wide)"], shown["States (wide)"]],
      ["http", "2s", 3, "lb-1=Healthy"],
    );
    const pool = storedVip(
      {},
      { spec: { virtualIPs: ["web"], listeners: [{ port: 80 }, { port: 8080 }], backends: [{}, {}] } },
    );
    const cells = printed(RESOURCES.ProxyPool, pool);
    assert.deepEqual([cells["VirtualIPs"], cells["Ports"], cells["Backends"]], ["web", "80,8080", 2]);
  });

  it("shows events and nodes as Kubernetes does", () => {
    const event = {
      metadata: { name: "web.1", namespace: "default" },
      involvedObject: { kind: "VirtualIP", name: "web" },
      type: "Normal",
      reason: "Master",
      message: "lb-1 took over\n",
      firstTimestamp: NOW,
      lastTimestamp: NOW,
      source: { component: "holdfast", host: "lb-1" },
      count: 3,
    };
    const shown = printed(EVENTS, event);
    assert.deepEqual(
      [shown["Last Seen"], shown["Object"], shown["Message"], shown["Source (wide)"], shown["Count (wide)"]],
      ["5m", "virtualip/web", "lb-1 took over", "holdfast, lb-1", 3],
    );
    const node = {
      metadata: { name: "lb-1", creationTimestamp: NOW },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        nodeInfo: { kubeletVersion: "v0.1.0" },
        addresses: [{ type: "InternalIP", address: "192.0.2.1" }],
      },
    };
    const line = printed(NODES, node);
    assert.deepEqual(
      [line["Name"], line["Status"], line["Age"], line["Version"], line["Internal-IP (wide)"]],
      ["lb-1", "Ready,SchedulingDisabled", "5m", "v0.1.0", "192.0.2.1"],
    );
  });
});

describe("a table", () => {
  it("has with each row as much of the object as was asked for", () => {
    const rowOf = (included: TableForm["included"]): Json | undefined => {
      const rows = tableOf(RESOURCES.VirtualIP, [storedVip()], { ...form, included })["rows"];
      return fieldOf(isList(rows) ? rows[0] : undefined, "object");
    };
    assert.deepEqual(rowOf("Metadata"), {
      kind: "PartialObjectMetadata",
      apiVersion: "meta.k8s.io/v1",
      metadata: storedVip()["metadata"],
    });
    assert.deepEqual(rowOf("Object"), storedVip());
    assert.equal(rowOf("None"), undefined);
    assert.equal(readIncludeObject(""), "Metadata");
    const unknown = readIncludeObject("All");
    assert.ok(isRefusal(unknown));
    assert.match(told(unknown), /^400 BadRequest: includeObject: Invalid value: "All"/);
  });

  it("names its columns for kubectl", () => {
    const table = tableOf(RESOURCES.VirtualIP, [], form);
    assert.deepEqual(table["metadata"], { resourceVersion: "9" });
    assert.deepEqual(isList(table["columnDefinitions"]) ? table["columnDefinitions"][0] : null, {
      name: "Name",
      type: "string",
      format: "name",
      description: "Name of the resource.",
      priority: 0,
    });
  });
});

describe("an age", () => {
  /** The table of Kubernetes' HumanDuration. */
  const cases: readonly [number, string][] = [
    [-2, "<invalid>"],
    [-1, "0s"],
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [121, "2m1s"],
    [600, "10m"],
    [659, "10m"],
    [10_740, "179m"],
    [10_800, "3h"],
    [10_860, "3h1m"],
    [28_800, "8h"],
    [172_799, "47h"],
    [172_800, "2d"],
    [176_400, "2d1h"],
    [691_200, "8d"],
    [63_072_000, "2y"],
    [63_158_400, "2y1d"],
    [252_288_000, "8y"],
  ];
  for (const [seconds, expected] of cases)
    it(`of ${seconds} s is ${expected}`, () =>
      assert.equal(ageOf(NOW, (start + seconds * 1000) as WallTime), expected));

  it("of what has no time is unknown", () => assert.equal(ageOf("yesterday", start), "<unknown>"));
});

it("RFC 3339 is read as it is written", () => {
  for (const text of [
    "1970-01-01T00:00:00.000Z",
    "2000-02-29T23:59:59.999Z",
    "2026-11-24T09:12:13.004Z",
    "2100-03-01T00:00:00.000Z",
  ])
    assert.equal(rfc3339(parseRfc3339(text) ?? (Number.NaN as WallTime)), text);
  assert.equal(parseRfc3339("2026-11-24T09:12:13+01:00"), null);
});
