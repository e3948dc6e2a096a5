import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Attempt,
  authorize,
  authorizePath,
  isAllowed,
  isAnonymousPath,
  isPathAllowed,
} from "../../../controller/object/authorize.ts";
import {
  groupOfRole,
  identityOf,
  ROLES,
  type Role,
  roleOfGroups,
  wrongWithUserName,
} from "../../../controller/object/identity.ts";
import { refusalToStatus } from "../../../controller/object/refusal.ts";

const OURS = "holdfast.dev";

/** `patch virtualips.holdfast.dev/status`, `list nodes`. */
function may(role: Role, words: string): boolean {
  const [verb = "", path = ""] = words.split(" ");
  const [named = "", subresource = ""] = path.replace(`.${OURS}`, "|").split("/");
  const isOurs = named.endsWith("|");
  return isAllowed(role, {
    verb,
    resource: named.replace("|", ""),
    subresource: subresource || (path.split("/")[1] ?? ""),
    group: isOurs ? OURS : (REVIEW_GROUPS[named] ?? ""),
  });
}

const REVIEW_GROUPS: Readonly<Record<string, string>> = {
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
  const attempt: Attempt = {
    verb: "create",
    group: OURS,
    resource: "virtualips",
    subresource: "",
    namespace: "default",
    name: "",
  };
  const messageOf = (changes: Partial<Attempt>): unknown => {
    const refusal = authorize(identityOf("bob", "viewer"), { ...attempt, ...changes });
    return refusal === null ? null : refusalToStatus(refusal)["message"];
  };

  it("is told so in Kubernetes' words", () => {
    assert.equal(
      messageOf({}),
      'virtualips.holdfast.dev is forbidden: User "bob" cannot create resource "virtualips" in API group "holdfast.dev" in the namespace "default"',
    );
    assert.equal(
      messageOf({ verb: "patch", subresource: "status", name: "web" }),
      'virtualips.holdfast.dev "web" is forbidden: User "bob" cannot patch resource "virtualips/status" in API group "holdfast.dev" in the namespace "default"',
    );
    assert.equal(
      messageOf({ verb: "patch", group: "", resource: "nodes", name: "lb-1", namespace: "" }),
      'nodes "lb-1" is forbidden: User "bob" cannot patch resource "nodes" in API group "" at the cluster scope',
    );
    assert.equal(messageOf({ verb: "get" }), null);
  });

  it("gets a Status that programs understand", () => {
    const refusal = authorize(identityOf("bob", "viewer"), { ...attempt, name: "web" });
    const { code, reason, details } = refusal === null ? assert.fail() : refusalToStatus(refusal);
    assert.deepEqual([code, reason], [403, "Forbidden"]);
    assert.deepEqual(details, { group: OURS, kind: "virtualips", name: "web" });
  });

  it("is told so about a path, too", () => {
    const refusal = authorizePath(identityOf("bob", "viewer"), "get", "/metrics");
    assert.equal(refusal?.message, 'forbidden: User "bob" cannot get path "/metrics"');
  });
});

describe("a path", () => {
  it("of a probe is open to everybody, and to the letter", () => {
    assert.deepEqual(["/healthz", "/livez", "/readyz"].filter(isAnonymousPath).length, 3);
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
      assert.equal(isPathAllowed("viewer", "get", path), true, path);
      assert.equal(isPathAllowed("viewer", "post", path), false, path);
    }
    assert.equal(isPathAllowed("editor", "get", "/apisx"), false);
    assert.equal(isPathAllowed("admin", "get", "/debug"), true);
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
