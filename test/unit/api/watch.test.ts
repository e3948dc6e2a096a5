import assert from "node:assert/strict";
import { it } from "node:test";
import { LiveCollection } from "../../../controller/api/live-collection.ts";
import { SharedTexts } from "../../../controller/api/shared-texts.ts";
import { beginWatch } from "../../../controller/api/watch.ts";
import type { WallTime } from "../../../controller/net/time.ts";
import { RESOURCES } from "../../../controller/object/api-resources.ts";
import { isRefusal } from "../../../controller/object/refusal.ts";
import { at } from "../../../controller/object/tree.ts";
import type { JsonObject } from "../../../controller/resource/json-schema.ts";
import { storedVip } from "../../support/api-objects.ts";
import { FakeClock } from "../../support/fake-clock.ts";

it("the end of the initial events brings an empty list, of which clients of 1.32 and 1.33 make theirs", async () => {
  const collection = new LiveCollection(0 as WallTime);
  collection.show([storedVip()]);
  const stream = await beginWatch({
    resource: RESOURCES.VirtualIP,
    collection,
    options: {
      labels: [],
      fields: [],
      resourceVersion: "",
      sendsInitialEvents: true,
      wantsBookmarks: true,
      timeoutSeconds: null,
    },
    render: (object) => object,
    texts: new SharedTexts(),
    clock: new FakeClock(),
    random: () => 0,
  });
  assert.ok(!isRefusal(stream));
  const frames: JsonObject[] = [];
  const tell = async (text: string): Promise<boolean> => {
    frames.push(JSON.parse(text));
    return frames.length < 2;
  };
  await stream.run(tell, new AbortController().signal);
  assert.deepEqual(
    frames.map(({ type }) => type),
    ["ADDED", "BOOKMARK"],
  );
  const annotations = at(frames[1], "object", "metadata", "annotations");
  assert.equal(at(annotations, "k8s.io/initial-events-end"), "true");
  const text = Buffer.from(String(at(annotations, "kubernetes.io/initial-events-list-blueprint")), "base64");
  assert.deepEqual(JSON.parse(text.toString()), {
    kind: "VirtualIPList",
    apiVersion: "holdfast.dev/v1alpha1",
    metadata: {},
    items: [],
  });
});

it("texts are made once for each object, are what JSON makes of it, and are few", () => {
  const texts = new SharedTexts();
  const object: JsonObject = { kind: "VirtualIP", spec: { addresses: ["192.0.2.1/32"] } };
  assert.equal(texts.of(object), JSON.stringify(object));
  assert.equal(texts.of(object), texts.of(object));
  assert.equal(texts.of({ ...object, kind: "ProxyPool" }), JSON.stringify({ ...object, kind: "ProxyPool" }));
  for (let index = 0; index < 1000; index++) texts.of({ index });
  assert.ok(texts.size < 100, `${texts.size} texts`);
  assert.equal(texts.of(object), JSON.stringify(object), "also when it was forgotten");
});
