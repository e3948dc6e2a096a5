import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { millis } from "../../controller/net/time.ts";
import type { Pool } from "../../controller/nginx/model.ts";
import { renderProxy } from "../../controller/nginx/render.ts";
import { judge, scratch } from "../support/nginx-judgement.ts";
import { aBackend, aModel, aPage, aPool, ipv4 } from "../support/nginx-models.ts";

const VIP = ipv4("172.16.253.150");
const page = aPage("<h1> sorry from keepalive-a </h1>");

/** Each stands in test/golden/nginx under its name, and is written anew with UPDATE_GOLDEN=1. */
const MODELS: Readonly<Record<string, readonly Pool[]>> = {
  "no-pools": [],
  "single-master": [aPool({ addresses: [VIP], checkInterval: millis(1000), sorryPage: page })],
  "no-backend-left": [aPool({ addresses: [VIP], backends: [], sorryPage: page })],
  "no-backend-and-no-page": [aPool({ backends: [] })],
  "backup-and-weights": [
    aPool({
      algorithm: "LeastConnections",
      backends: [
        aBackend("10.0.0.1", { weight: 3 }),
        aBackend("10.0.0.2"),
        aBackend("10.0.0.3", { port: 8080, backup: true }),
      ],
    }),
  ],
  "several-pools": [
    aPool({ name: "shop/rest", ports: [80, 8080] }),
    aPool({ name: "default/vip", addresses: [ipv4("172.16.253.151"), VIP], sorryPage: page }),
    aPool({ name: "default/alone", addresses: [VIP], ports: [8443], sorryPage: page }),
  ],
  "hostile-page": [
    aPool({
      backends: [],
      sorryPage: aPage(`"; } } # $uri \${node} \\ ' {\r\n\té日🦊 ${"x".repeat(5000)}`, { status: 301 }),
    }),
  ],
};

describe("the configuration for", () => {
  for (const [name, pools] of Object.entries(MODELS)) {
    it(name, () => {
      const file = `${process.cwd()}/test/golden/nginx/${name}.conf`;
      const { text, problems } = renderProxy(aModel(pools), "0123456789ab");
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
      assert.deepEqual(problems, []);
      assert.equal(text, readFileSync(file, "utf8"));
      using place = scratch();
      assert.equal(judge(text.replaceAll("/run/holdfast", place.directory), place.directory), "");
    });
  }

  it("a thousand backends and a hundred pages is taken without a warning", () => {
    using place = scratch();
    const pools = Array.from({ length: 100 }, (_, index) =>
      aPool({
        name: `default/p${index}`,
        ports: [1000 + index],
        backends: Array.from({ length: 10 }, (_, host) => aBackend(`10.0.${index}.${host}`)),
        sorryPage: aPage(`${index} ${"long ".repeat(4000)}`),
      }),
    );
    const { text } = renderProxy(aModel(pools, place.directory), "0123456789ab");
    assert.equal(judge(text, place.directory), "");
  });
});
