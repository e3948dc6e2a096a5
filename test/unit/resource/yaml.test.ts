/** What is said about text that is no good YAML, or YAML that readers understand differently, or too much of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseManifests } from "../../../controller/resource/parse.ts";
import { ambiguity } from "../../../controller/resource/yaml-ambiguity.ts";
import { changed, HEALTH_CHECK, refusals } from "../../support/manifest-texts.ts";

describe("kubectl and this program agree about", () => {
  const agreed = [
    ..."1 0 -1 +5 12 0xff 0.5 .5 1. 1e3 1E-3 true True false null ~".split(" "),
    ..."yess noo onn 12:30:45 2024-01-01 1.2.3.4 1s a_b _1 1_a 0xg - . 09a y.z".split(" "),
    "",
  ];
  for (const source of agreed) it(JSON.stringify(source), () => assert.equal(ambiguity(source), null));
});

describe("kubectl and this program would disagree about", () => {
  const disputed = [
    ..."y Y yes Yes YES n N no NO on On ON off OFF".split(" "),
    ..."017 08 00 -017 0o17 0O17 0b11 0B1 0XFF -0x1f 1_000 1_ 0x_f 1_0.5 +0_1".split(" "),
  ];
  for (const source of disputed) it(source, () => assert.notEqual(ambiguity(source), null));

  it("a switch that is on, and says what to write", () => {
    assert.deepEqual(refusals(changed(HEALTH_CHECK, "http: {path: /}", "exec: {command: [a], shell: yes}")), [
      '6:31: spec.exec.shell: yes is ambiguous: kubectl takes it for true; write true, or in quotes if it is text: "yes"',
    ]);
  });

  it("a key", () => {
    assert.deepEqual(refusals(changed(HEALTH_CHECK, "name: web-up", 'name: web-up\n  labels: {n: "1"}')), [
      '5:12: metadata.labels.n: n is ambiguous: kubectl takes it for false; write false, or in quotes if it is text: "n"',
    ]);
  });

  it("a number", () => {
    assert.deepEqual(refusals(changed(HEALTH_CHECK, "interval: 1s", "fall: 010")), [
      '7:9: spec.fall: 010 is ambiguous: YAML readers disagree about which number it is, or whether it is one; write it in plain decimal, or in quotes if it is text: "010"',
    ]);
  });

  it("nothing that is in quotes or in a block", () => {
    const labels = `labels: {"n": "yes", a: 'on', b: !!str off}`;
    const text = changed(HEALTH_CHECK, "name: web-up", `name: web-up\n  ${labels}`);
    assert.deepEqual(refusals(changed(text, "path: /", 'path: /, expectBody: "017"')), []);
    assert.deepEqual(refusals(changed(text, "{path: /}", "\n    expectBody: |-\n      yes")), []);
  });
});

describe("one is told about", () => {
  const cases: readonly { readonly what: string; readonly text: string; readonly says: readonly string[] }[] =
    [
      {
        what: "a key that stands twice",
        text: changed(HEALTH_CHECK, "  interval: 1s", "  interval: 1s\n  interval: 2s"),
        says: ["8:3: spec.interval: stands twice, first in line 7"],
      },
      {
        what: "a key that stands twice in one line",
        text: changed(HEALTH_CHECK, "{path: /}", "{path: /, path: /a}"),
        says: ["6:19: spec.http.path: stands twice, first in line 6"],
      },
      {
        what: "a key that is no text",
        text: changed(HEALTH_CHECK, "  name: web-up", '  name: web-up\n  labels: {1: "a", [x]: b}'),
        says: [
          '5:12: metadata.labels["1"]: keys must be text: write "1" in quotes',
          "5:20: metadata.labels: has a key that is no plain text",
        ],
      },
      {
        what: "a tab in the indentation",
        text: changed(HEALTH_CHECK, "  http", "\thttp"),
        says: [
          "6:1: is not valid YAML: Tabs are not allowed as indentation",
          "7:1: is not valid YAML: All mapping items must start at the same column",
        ],
      },
      {
        what: "a text that does not end",
        text: changed(HEALTH_CHECK, "web-up", '"web-up'),
        says: ['8:1: is not valid YAML: Missing closing "quote'],
      },
      {
        what: "a tag that nobody knows",
        text: changed(HEALTH_CHECK, "web-up", "!secret web-up"),
        says: ["4:9: is not valid YAML: Unresolved tag: !secret"],
      },
      {
        what: "another version of YAML",
        text: `%YAML 1.1\n---\n${HEALTH_CHECK}`,
        says: ["1:1: must be YAML 1.2: leave the %YAML line out"],
      },
      {
        what: "merge keys",
        text: changed(HEALTH_CHECK, "{path: /}", "\n    <<: {path: /}"),
        says: ["7:5: spec.http: merge keys (<<) are not supported: write the fields out"],
      },
      {
        what: "an alias to nothing",
        text: changed(HEALTH_CHECK, "web-up", "*up"),
        says: ["4:9: metadata.name: *up refers to nothing: no &up stands before it"],
      },
      {
        what: "an alias to what it is in",
        text: changed(HEALTH_CHECK, "{path: /}", "&h {path: *h}"),
        says: ["6:19: spec.http.path: is nested too deeply, or in itself"],
      },
      {
        what: "a control character",
        text: changed(HEALTH_CHECK, "web-up", "web\u0007"),
        says: ["4:12: holds the character U+0007, which must be written as an escape in double quotes"],
      },
      {
        what: "a line break of YAML 1.1",
        text: changed(HEALTH_CHECK, "web-up", "web\u2028"),
        says: ["4:12: holds the character U+2028, which must be written as an escape in double quotes"],
      },
    ];
  for (const { what, text, says } of cases) it(what, () => assert.deepEqual(refusals(text), says));
});

describe("a text that would be too much for the reader", () => {
  const multiplied = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}]`);
  const cases: readonly { readonly what: string; readonly text: string; readonly says: string }[] = [
    { what: "lists in lists", text: "- ".repeat(400_000), says: "1:128: is nested too deeply" },
    { what: "brackets", text: "[".repeat(400_000), says: "1:65: is nested too deeply" },
    { what: "keys of keys", text: "? ".repeat(400_000), says: "1:128: is nested too deeply" },
    { what: "mappings", text: "{a: ".repeat(200_000), says: "1:254: is nested too deeply" },
    {
      what: "aliases that multiply",
      text: `a0: &a0 [x]\n${multiplied.join("\n")}`,
      says: "2:10: holds more than 1000 values through aliases",
    },
    { what: "values", text: `a: [${"1,".repeat(30_000)}]`, says: "1:40001: holds more than 20000 values" },
    { what: "documents", text: "---\n".repeat(1002), says: "1001:1: holds more than 1000 documents" },
    { what: "bytes", text: "#".repeat(1_000_001), says: "is larger than 1000000 bytes" },
    { what: "bytes in few characters", text: "#".padEnd(500_001, "é"), says: "is larger than 1000000 bytes" },
  ];
  for (const { what, text, says } of cases)
    it(what, () => {
      const { rejections, manifests } = parseManifests("f", text);
      assert.deepEqual(manifests, []);
      assert.deepEqual(
        rejections.map(({ line, column, message }) => `${line > 0 ? `${line}:${column}: ` : ""}${message}`),
        [says],
      );
    });
});
