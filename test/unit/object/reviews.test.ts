import assert from "node:assert/strict";
import { it } from "node:test";
import { identityOf } from "../../../controller/object/identity.ts";
import { reviewAccess, reviewRules, reviewSelf } from "../../../controller/object/reviews.ts";
import { isObject } from "../../../controller/resource/json-schema.ts";

const bob = identityOf("bob", "editor");
const anna = identityOf("anna", "admin");

it("whoami tells name and groups", () => {
  assert.deepEqual(reviewSelf(bob), {
    kind: "SelfSubjectReview",
    apiVersion: "authentication.k8s.io/v1",
    metadata: {},
    status: { userInfo: { username: "bob", groups: ["holdfast:editor", "system:authenticated"] } },
  });
});

it("can-i answers as a request would be", () => {
  const vip = { group: "holdfast.dev", resource: "virtualips", namespace: "default", verb: "patch" };
  const allowed = (who: typeof bob, spec: Parameters<typeof reviewAccess>[1]): unknown => {
    const { status } = reviewAccess(who, spec);
    return isObject(status) ? status["allowed"] : null;
  };
  assert.equal(allowed(bob, { resourceAttributes: vip }), true);
  assert.equal(allowed(bob, { resourceAttributes: { ...vip, subresource: "status" } }), false);
  assert.equal(allowed(anna, { resourceAttributes: { ...vip, subresource: "status" } }), true);
  assert.equal(allowed(bob, { resourceAttributes: { verb: "*", group: "*", resource: "*" } }), false);
  assert.equal(allowed(anna, { resourceAttributes: { verb: "*", group: "*", resource: "*" } }), true);
  assert.equal(allowed(bob, { nonResourceAttributes: { path: "/livez", verb: "get" } }), true);
  assert.equal(allowed(bob, { nonResourceAttributes: { path: "/debug", verb: "get" } }), false);
  assert.equal(allowed(bob, {}), false);
  assert.equal(allowed(bob, { resourceAttributes: { ...vip, resource: ["virtualips"] } }), false);
});

it("can-i --list shows all that a role may", () => {
  const { status } = reviewRules(anna, { namespace: "default" });
  assert.deepEqual(status, {
    resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
    nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
    incomplete: false,
  });
  const text = JSON.stringify(reviewRules(bob, {}));
  assert.match(text, /"deletecollection"\],"apiGroups":\["holdfast.dev"\]/);
  assert.match(text, /"\/apis\/\*"/);
});
