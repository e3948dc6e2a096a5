/** Which word was probably meant. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nearest } from "../../../controller/resource/spelling.ts";

const FIELDS = ["addresses", "interface", "vrrp", "members", "track", "notify", "virtualRouterID"];

describe("the word that was probably meant by", () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ["adresses", "addresses"],
    ["memebrs", "members"],
    ["virtualRouterId", "virtualRouterID"],
    ["VRRP", "vrrp"],
    ["vrp", "vrrp"],
    ["inteface", "interface"],
    ["trakc", "track"],
    ["members", "members"],
    ["spec", null],
    ["", null],
    ["x", null],
    ["v", null],
    ["m".repeat(10_000), null],
  ];
  for (const [word, meant] of cases) it(word.slice(0, 20), () => assert.equal(nearest(word, FIELDS), meant));
});
