import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Access, NO_ACCESS } from "../../../controller/object/access-review.ts";
import {
  isAnonymousPath,
  READABLE_PATHS,
  rulesOf,
  whyForbidden,
} from "../../../controller/object/authorize.ts";
import {
  groupOfRole,
  identityOf,
  ROLES,
  type Role,
  roleOfGroups,
  wrongWithUserName,
} from "../../../controller/object/identity.ts";

const OURS = "holdfast.dev";

/** `patch virtualips.holdfast.dev/status`, `list nodes`. */
function may(role: Role, words: string): boolean {
  const [verb = "", path = ""] = words.split(" ");
  const [named = "", subresource = ""] = path.replace(`.${OURS}`, "|").split("/");
  const isOurs = named.endsWith("|");
  const access = {
    ...NO_ACCESS,
    verb,
    resource: named.replace("|", ""),
    subresource: subresource || (path.split("/")[1] ?? ""),
    group: isOurs ? OURS : (OTHER_GROUPS[named] ?? ""),
  };
  return whyForbidden(identityOf("bob", role), access) === null;
}

const OTHER_GROUPS: Readonly<Record<string, string>> = {
  customresourcedefinitions: "apiextensions.k8s.io",
  selfsubjectreviews: "authentication.k8s.io",
  selfsubjectaccessreviews: "authorization.k8s.io",
};

/** Who is the weakest that may. */
const TABLE: Readonly<Record<string, Role>> = {
  "get virtualips.holdfast.dev": "viewer",
  "list proxypools.holdfast.dev": "viewer",
  "watch healthchecks.holdfast.dev": "viewer",
  "get virtualips.holdfast.dev/status": "viewer",
  "list events": "viewer",
  "get nodes": "viewer",
  "get namespaces": "viewer",
  "list customresourcedefinitions": "viewer",
  "patch customresourcedefinitions": "admin",
  "get pods/log": "viewer",
  "create selfsubjectreviews": "viewer",
  "create selfsubjectaccessreviews": "viewer",
  "create virtualips.holdfast.dev": "editor",
  "update proxypools.holdfast.dev": "editor",
  "patch healthchecks.holdfast.dev": "editor",
  "delete virtualips.holdfast.dev": "editor",
  "deletecollection virtualips.holdfast.dev": "editor",
  "patch virtualips.holdfast.dev/status": "admin",
  "update virtualips.holdfast.dev/status": "admin",
  "patch nodes": "admin",
  "create events": "admin",
  "get secrets": "admin",
  "list tokens": "admin",
  "get nodes/proxy": "admin",
  "create pods/exec": "admin",
  "get virtualips": "admin",
  "* *": "admin",
  "* virtualips.holdfast.dev": "admin",
  "impersonate users": "admin",
};

describe("a role", () => {
  for (const [words, weakest] of Object.entries(TABLE))
    it(`${weakest}s and those above may ${words}, others may not`, () => {
      const allowed = ROLES.filter((role) => may(role, words));
      assert.deepEqual(allowed, ROLES.slice(ROLES.indexOf(weakest)));
    });

  it("comes from the strongest group", () => {
    assert.equal(roleOfGroups(["wheel", "holdfast:viewer", "holdfast:editor"]), "editor");
    assert.equal(roleOfGroups(["system:masters", "holdfast:root"]), null);
    assert.deepEqual(
      ROLES.map((role) => roleOfGroups([groupOfRole(role)])),
      [...ROLES],
    );
  });
});

describe("whoever may not", () => {
  const access: Access = {
    ...NO_ACCESS,
    verb: "create",
    group: OURS,
    resource: "virtualips",
    namespace: "default",
  };
  const why = (changes: Partial<Access>): string | null =>
    whyForbidden(identityOf("bob", "viewer"), { ...access, ...changes });

  it("is told so in Kubernetes' words", () => {
    assert.equal(
      why({}),
      'User "bob" cannot create resource "virtualips" in API group "holdfast.dev" in the namespace "default"',
    );
    assert.equal(
      why({ verb: "patch", subresource: "status", name: "web" }),
      'User "bob" cannot patch resource "virtualips/status" in API group "holdfast.dev" in the namespace "default"',
    );
    assert.equal(
      why({ verb: "patch", group: "", resource: "nodes", name: "lb-1", namespace: "" }),
      'User "bob" cannot patch resource "nodes" in API group "" at the cluster scope',
    );
    assert.equal(
      why({ verb: "get", resource: "", group: "", namespace: "", path: "/metrics" }),
      'User "bob" cannot get path "/metrics"',
    );
    assert.equal(why({ verb: "get" }), null);
  });

  it("may do nothing at all without a group of ours, whatever else the groups are", () => {
    const eve = { name: "eve", groups: ["system:masters", "system:authenticated"] };
    assert.deepEqual(rulesOf(eve), []);
    assert.notEqual(whyForbidden(eve, { ...access, verb: "get" }), null);
    assert.notEqual(whyForbidden(eve, { ...NO_ACCESS, verb: "get", path: "/version" }), null);
  });
});

describe("a path", () => {
  const mayUse = (role: Role, verb: string, path: string): boolean =>
    whyForbidden(identityOf("bob", role), { ...NO_ACCESS, verb, path }) === null;

  it("of a probe is open to everybody, and to the letter", () => {
    const anybody = { name: "system:anonymous", groups: [] };
    for (const path of ["/healthz", "/livez", "/readyz"]) {
      assert.equal(isAnonymousPath(path), true, path);
      assert.equal(whyForbidden(anybody, { ...NO_ACCESS, verb: "get", path }), null);
    }
    for (const path of ["/", "/api", "/version", "/healthz/", "/healthz/../apis", "/HEALTHZ", ""])
      assert.equal(isAnonymousPath(path), false, path);
  });

  it("of discovery is open to every role, and only to read", () => {
    for (const path of [
      "/api",
      "/api/v1",
      "/apis/holdfast.dev/v1alpha1",
      "/openapi/v3",
      "/version",
      "/livez",
    ]) {
      assert.equal(mayUse("viewer", "get", path), true, path);
      assert.equal(mayUse("viewer", "post", path), false, path);
    }
    assert.equal(mayUse("editor", "get", "/apisx"), false);
    assert.equal(mayUse("admin", "get", "/debug"), true);
    assert.ok(READABLE_PATHS.includes("/openapi/*"));
  });
});

describe("the name of a user", () => {
  it("may be an account or a mail address", () => {
    for (const name of ["alice", "a", "alice.smith", "alice@example.com", "ci+lb", "Bob_2"])
      assert.equal(wrongWithUserName(name), null, name);
  });

  it("is neither empty, nor endless, nor what Kubernetes or we call somebody else", () => {
    for (const name of [
      "",
      "a".repeat(65),
      "system:admin",
      "root",
      "a b",
      "ä",
      "-a",
      "a\n",
      "a/b",
      "O=x,CN=y",
    ])
      assert.notEqual(wrongWithUserName(name), null, JSON.stringify(name));
  });
});
