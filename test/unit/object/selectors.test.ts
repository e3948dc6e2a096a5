import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { EVENTS, NODES, RESOURCES } from "../../../controller/object/api-resources.ts";
import { readFieldSelector, selectsFields } from "../../../controller/object/field-selector.ts";
import { readLabelSelector, selectsLabels } from "../../../controller/object/label-selector.ts";
import { isRefusal } from "../../../controller/object/refusal.ts";
import type { JsonObject } from "../../../controller/resource/json-schema.ts";
import { told } from "../../support/api-objects.ts";

const selects = (text: string, labels: JsonObject): boolean => {
  const selector = readLabelSelector(text);
  if (isRefusal(selector)) assert.fail(selector.message);
  return selectsLabels(selector, labels);
};

describe("a label selector", () => {
  const labels = { team: "a", "example.com/tier": "web", empty: "" };
  const cases: readonly [string, boolean][] = [
    ["", true],
    ["team=a", true],
    ["team==a", true],
    ["team = b", false],
    ["team!=b", true],
    ["team!=a", false],
    ["other!=a", true],
    ["team", true],
    ["other", false],
    ["!other", true],
    ["! team", false],
    ["team in (a,b)", true],
    ["team in(b)", false],
    ["team notin (b, c)", true],
    ["team notin (a)", false],
    ["other notin (a)", true],
    ["other in (a)", false],
    ["example.com/tier=web,team=a,!retired", true],
    ["example.com/tier=web,team=b", false],
    ["empty=", true],
    ["empty in (,x)", true],
    ["empty=,team=a", true],
    ["team in ()", false],
    ["in=a", false],
  ];
  for (const [text, expected] of cases) {
    it(`${JSON.stringify(text)} ${expected ? "selects" : "does not select"}`, () =>
      assert.equal(selects(text, labels), expected));
  }

  it("does not look along prototypes", () => assert.equal(selects("constructor", {}), false));

  it("that cannot be read is a bad request", () => {
    const refusalOf = (text: string): string => {
      const selector = readLabelSelector(text);
      assert.ok(isRefusal(selector), text);
      return told(selector);
    };
    assert.equal(
      refusalOf("=a"),
      "400 BadRequest: unable to parse requirement: found '=', expected: identifier",
    );
    assert.equal(refusalOf("a=b,"), "400 BadRequest: found '', expected: identifier after ','");
    assert.equal(refusalOf("a=b c"), "400 BadRequest: found 'c', expected: ',' or 'end of string'");
    assert.equal(refusalOf("a in b"), "400 BadRequest: unable to parse requirement: found 'b' expected: '('");
    assert.equal(
      refusalOf("a in (b"),
      "400 BadRequest: unable to parse requirement: found '', expected: ')'",
    );
    assert.match(refusalOf("a in (b c)"), /expected: values with ',' between them/);
    assert.match(refusalOf("a ~ b"), /found '~', expected: in, notin, =, ==, !=/);
    assert.match(refusalOf("a//b"), /key "a\/\/b" must be/);
    assert.match(refusalOf("a=$"), /value "\$" must be/);
    assert.match(refusalOf("!a=b"), /found '=', expected: ','/);
    assert.match(refusalOf("a".repeat(20_000)), /is too long/);
  });

  it("never throws", () => {
    const piece = fc.constantFrom("a", "=", "==", "!", "!=", "in", "notin", "(", ")", ",", " ", "$", "/");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const selector = readLabelSelector(pieces.join(""));
        assert.ok(isRefusal(selector) || typeof selectsLabels(selector, { a: "a" }) === "boolean");
      }),
    );
  });
});

describe("a field selector", () => {
  const event = {
    metadata: { name: "web.1", namespace: "default" },
    involvedObject: { kind: "VirtualIP", name: "web" },
    type: "Normal",
  };
  const selectsEvent = (text: string): boolean => {
    const selector = readFieldSelector(text, EVENTS);
    if (isRefusal(selector)) assert.fail(selector.message);
    return selectsFields(selector, event);
  };

  it("compares fields, of which one that is not there is empty", () => {
    assert.ok(selectsEvent(""));
    assert.ok(selectsEvent("metadata.name=web.1"));
    assert.ok(!selectsEvent("metadata.name==web.2"));
    assert.ok(
      selectsEvent("involvedObject.kind=VirtualIP,involvedObject.name=web,involvedObject.namespace="),
    );
    assert.ok(selectsEvent("type!=Warning"));
    assert.ok(!selectsEvent("type!=Normal"));
  });

  it("may escape what separates", () => {
    const selector = readFieldSelector("metadata.name=a\\,b\\=c", RESOURCES.VirtualIP);
    assert.ok(!isRefusal(selector));
    assert.ok(selectsFields(selector, { metadata: { name: "a,b=c" } }));
  });

  it("that is not known or cannot be read is a bad request", () => {
    const refusalOf = (text: string): string => {
      const selector = readFieldSelector(text, NODES);
      assert.ok(isRefusal(selector), text);
      return told(selector);
    };
    assert.equal(refusalOf("spec.x=1"), "400 BadRequest: field label not supported: spec.x");
    assert.equal(refusalOf("name"), "400 BadRequest: invalid selector: 'name'; can't understand 'name'");
    assert.match(refusalOf("metadata.name=a=b"), /unescaped character/);
  });
});
