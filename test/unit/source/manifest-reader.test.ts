/** The real parser and the real check, as a source uses them together. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { resultOf } from "../../../controller/plan/steps.ts";
import { FileParser } from "../../../controller/source/file-parser.ts";
import { manifestReader } from "../../../controller/source/manifest-reader.ts";

const HEAD = "apiVersion: holdfast.dev/v1alpha1\n";
const VIP = `${HEAD}kind: VirtualIP
metadata: {name: web}
spec:
  addresses: [192.0.2.10/32]
  interface: eth0
  vrrp: {virtualRouterID: 7}
  members: [{node: a}, {node: b}]
  track: [{healthCheck: alive, weight: -10}]
`;
const CHECK = `${HEAD}kind: HealthCheck\nmetadata: {name: alive}\nspec: {process: {name: nginx}}\n`;

function problemsOf(checks: string | null): string[] {
  const parser = new FileParser(manifestReader);
  const files = [
    ...(checks === null ? [] : [{ path: "checks.yaml", text: checks }]),
    { path: "vip.yaml", text: VIP },
  ];
  const parsed = resultOf(parser.parsing({ available: true, files, unreadable: [] }));
  const manifests = parsed.files.flatMap((file) => file.manifests);
  const broken = parsed.files.flatMap((file) => file.rejections);
  return [...broken, ...parser.together().check(manifests)].map(({ file }) => file);
}

it("blames nobody when all is there", () => assert.deepEqual(problemsOf(CHECK), []));
it("blames who refers to what is not there", () => assert.deepEqual(problemsOf(null), ["vip.yaml"]));
it("blames only the broken file, not who refers to what it holds", () => {
  assert.deepEqual(problemsOf(CHECK.replace("name: nginx", "nmae: nginx")), ["checks.yaml", "checks.yaml"]);
});
