import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  aggregatedDiscovery,
  coreVersions,
  discoveryMediaType,
  groupDocument,
  groupList,
  resourceList,
} from "../../../controller/object/discovery.ts";
import { openApiDocument, openApiIndex, openApiPaths } from "../../../controller/object/openapi.ts";
import { at, fieldOf, mappingAt } from "../../../controller/object/tree.ts";
import { isList, isObject, type Json, type JsonObject } from "../../../controller/resource/json-schema.ts";
import { KINDS } from "../../../controller/resource/meta.ts";

const list = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);
const named = (value: Json | undefined, name: string, field: string): Json =>
  list(value).find((each) => fieldOf(each, name) === field) ?? null;

describe("discovery", () => {
  it("tells all at once of the kinds of ours", () => {
    for (const version of ["v2", "v2beta1"] as const) {
      const document = aggregatedDiscovery("apis", version);
      assert.equal(document["apiVersion"], `apidiscovery.k8s.io/${version}`);
      assert.match(discoveryMediaType(version), new RegExp(`;v=${version};as=APIGroupDiscoveryList$`));
      const groups = list(document["items"]).map((group) => at(group, "metadata", "name"));
      assert.deepEqual(groups, [
        "holdfast.dev",
        "apiextensions.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
      ]);
      const [ours = null] = list(document["items"]);
      const [only = null] = list(fieldOf(ours, "versions"));
      const responseKind = { group: "holdfast.dev", version: "v1alpha1", kind: "VirtualIP" };
      assert.deepEqual(named(fieldOf(only, "resources"), "resource", "virtualips"), {
        resource: "virtualips",
        responseKind,
        scope: "Namespaced",
        singularResource: "virtualip",
        shortNames: ["vip"],
        categories: ["all", "holdfast"],
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        subresources: [{ subresource: "status", responseKind, verbs: ["get", "patch", "update"] }],
      });
    }
  });

  it("tells of the core group by itself", () => {
    const [core = null] = list(aggregatedDiscovery("api", "v2")["items"]);
    const [v1 = null] = list(fieldOf(core, "versions"));
    const names = list(fieldOf(v1, "resources")).map((resource) => fieldOf(resource, "resource"));
    assert.deepEqual(names, ["events", "nodes", "namespaces"]);
    assert.equal(fieldOf(named(fieldOf(v1, "resources"), "resource", "nodes"), "scope"), "Cluster");
  });

  it("has the older form, list by list", () => {
    assert.deepEqual(coreVersions("127.0.0.1:7443"), {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "127.0.0.1:7443" }],
    });
    const version = { groupVersion: "holdfast.dev/v1alpha1", version: "v1alpha1" };
    const group = { name: "holdfast.dev", versions: [version], preferredVersion: version };
    assert.deepEqual(named(groupList()["groups"], "name", "holdfast.dev"), group);
    assert.deepEqual(groupDocument("holdfast.dev"), { kind: "APIGroup", apiVersion: "v1", ...group });
    assert.deepEqual(
      [groupDocument("apps"), groupDocument(""), resourceList("apps", "v1")],
      [null, null, null],
    );
    const resources = resourceList("holdfast.dev", "v1alpha1");
    assert.equal(resources?.["groupVersion"], "holdfast.dev/v1alpha1");
    assert.deepEqual(named(resources?.["resources"], "name", "virtualips/status"), {
      name: "virtualips/status",
      singularName: "",
      namespaced: true,
      kind: "VirtualIP",
      verbs: ["get", "patch", "update"],
    });
    assert.equal(resourceList("", "v1")?.["groupVersion"], "v1");
  });
});

describe("OpenAPI", () => {
  const ours = openApiDocument("apis/holdfast.dev/v1alpha1", "0.1.0") ?? {};

  it("has a document for each group and version, by its hash", () => {
    assert.deepEqual(openApiPaths(), [
      "apis/holdfast.dev/v1alpha1",
      "api/v1",
      "apis/apiextensions.k8s.io/v1",
      "apis/authentication.k8s.io/v1",
      "apis/authorization.k8s.io/v1",
      "apis/authentication.k8s.io/v1beta1",
    ]);
    const index = openApiIndex((path) => `of ${path.length}`);
    assert.equal(at(index, "paths", "api/v1", "serverRelativeURL"), "/openapi/v3/api/v1?hash=of%206");
    assert.equal(openApiDocument("apis/apps/v1", "0.1.0"), null);
  });

  it("says that the server checks fields, and which patches it takes", () => {
    const path = "/apis/holdfast.dev/v1alpha1/namespaces/{namespace}/virtualips/{name}";
    const patch = at(ours, "paths", path, "patch");
    assert.deepEqual(fieldOf(patch, "x-kubernetes-group-version-kind"), {
      group: "holdfast.dev",
      version: "v1alpha1",
      kind: "VirtualIP",
    });
    assert.equal(fieldOf(named(fieldOf(patch, "parameters"), "name", "fieldValidation"), "in"), "query");
    assert.deepEqual(Object.keys(mappingAt(patch, "requestBody", "content")), [
      "application/json-patch+json",
      "application/merge-patch+json",
      "application/apply-patch+yaml",
    ]);
    assert.equal(at(ours, "paths", path, "get", "x-kubernetes-action"), "get");
    assert.equal(at(ours, "paths", path, "put", "x-kubernetes-action"), "put");
    assert.deepEqual(Object.keys(mappingAt(ours, "paths", `${path}/status`)), [
      "get",
      "patch",
      "put",
      "parameters",
    ]);
  });

  it("explains every field of every kind", () => {
    for (const kind of KINDS) {
      const schema = at(ours, "components", "schemas", `dev.holdfast.v1alpha1.${kind}`);
      assert.deepEqual(fieldOf(schema, "x-kubernetes-group-version-kind"), [
        { group: "holdfast.dev", version: "v1alpha1", kind },
      ]);
      assert.deepEqual(at(schema, "properties", "metadata", "allOf"), [
        { $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" },
      ]);
      assert.deepEqual(unexplained(schema ?? null, kind), []);
    }
  });

  it("refers only to what is there", () => {
    for (const path of openApiPaths()) {
      const document = openApiDocument(path, "0.1.0") ?? {};
      const schemas = Object.keys(mappingAt(document, "components", "schemas"));
      const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
      assert.ok(referred.length > 0);
      for (const [, name = ""] of referred) assert.ok(schemas.includes(name), name);
    }
  });
});

/** Fields without a description. */
function unexplained(schema: Json, path: string): string[] {
  if (!isObject(schema)) return [];
  const fields = Object.entries(mappingAt(schema, "properties")) as [string, JsonObject][];
  return [
    ...fields.flatMap(([name, field]) => [
      ...(field["description"] ? [] : [`${path}.${name}`]),
      ...unexplained(field, `${path}.${name}`),
    ]),
    ...unexplained(schema["items"] ?? null, `${path}[]`),
  ];
}
