/** The manifests that are shipped as examples are valid, and say what the experiments of the seed need. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { checkNode, crossCheck } from "../../controller/plan/cross-check.ts";
import { type Located, parseManifests } from "../../controller/resource/parse.ts";
import { formatRejection } from "../../controller/resource/rejection.ts";

function read(folder: string): { readonly manifests: readonly Located[]; readonly warnings: string[] } {
  const files = readdirSync(`manifests/${folder}`).filter((name) => name.endsWith(".yaml"));
  const parsed = files.map((name) =>
    parseManifests(name, readFileSync(`manifests/${folder}/${name}`, "utf8")),
  );
  const manifests = parsed.flatMap((each) => each.manifests);
  const together = crossCheck(manifests);
  const rejections = [...parsed.flatMap((each) => each.rejections), ...together.rejections];
  assert.deepEqual(rejections.map(formatRejection), [], folder);
  return { manifests, warnings: parsed.flatMap((each) => each.warnings.map(({ path }) => path)) };
}

const virtualIPs = (folder: string) =>
  read(folder).manifests.flatMap(({ manifest }) => (manifest.kind === "VirtualIP" ? [manifest] : []));

it("quickstart is one file without a warning", () => {
  assert.deepEqual(readdirSync("manifests/quickstart"), ["web.yaml"]);
  const { manifests, warnings } = read("quickstart");
  assert.deepEqual(manifests.map(({ manifest }) => manifest.kind).sort(), [
    "HealthCheck",
    "ProxyPool",
    "VirtualIP",
  ]);
  assert.deepEqual(warnings, []);
});

describe("the experiments", () => {
  const cases = [
    { folder: "single-master", held: [["172.16.253.150/32", 51, "qr8hQHuL", 100, 95]] },
    {
      folder: "dual-master",
      held: [
        ["172.16.253.150/32", 51, "qr8hQHuL", 100, 95],
        ["172.16.253.140/32", 52, "qr8hQH99", 95, 100],
      ],
    },
  ];
  for (const { folder, held } of cases) {
    it(`${folder} has the addresses and priorities of the lab notes`, () => {
      const found = virtualIPs(folder).map(({ spec: { addresses, vrrp, members } }) => [
        ...addresses,
        vrrp.virtualRouterID,
        vrrp.authentication?.password,
        ...members.map(({ priority }) => priority),
      ]);
      assert.deepEqual(found, held);
      for (const { spec } of virtualIPs(folder)) {
        assert.equal(spec.vrrp.version, 2);
        assert.equal(spec.vrrp.multicastGroup, "224.103.5.5");
        assert.deepEqual(
          spec.members.map(({ node, address }) => `${node} ${address}`),
          ["keepalive-a 172.16.253.108", "keepalive-b 172.16.253.105"],
        );
        assert.deepEqual(spec.track, [
          { healthCheck: "nginx-alive", weight: -10 },
          { healthCheck: "in-service", weight: -10 },
        ]);
      }
    });

    it(`${folder} warns only of the passwords in the clear, and both nodes know themselves in it`, () => {
      const { manifests, warnings } = read(folder);
      assert.deepEqual([...new Set(warnings)], ["spec.vrrp.authentication.password"]);
      for (const node of ["keepalive-a", "keepalive-b"]) assert.equal(checkNode(node, manifests), null);
    });
  }
});
