import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readApiCall } from "../../../controller/object/api-call.ts";
import { isRefusal } from "../../../controller/object/refusal.ts";

function call(method: string, path: string, isWatch = false): string {
  const read = readApiCall(method, path, isWatch);
  if (isRefusal(read)) return String(read.code);
  if (read.type !== "resource") {
    const { type, ...rest } = read;
    return [type, ...Object.values(rest)].join(" ");
  }
  const { verb, resource, namespace, name, subresource } = read;
  return `${verb} ${resource.plural} ${[namespace, name, subresource].join("/")}`;
}

const OURS = "/apis/holdfast.dev/v1alpha1";
const VIPS = `${OURS}/namespaces/default/virtualips`;

describe("a path of the API", () => {
  it("is read as what Kubernetes' clients mean by it", () => {
    const table: readonly (readonly [string, string, string])[] = [
      ["GET", "/healthz", "health"],
      ["GET", "/version/", "version"],
      ["GET", "/api", "discovery api"],
      ["GET", "/apis", "discovery apis"],
      ["GET", "/apis/holdfast.dev", "group holdfast.dev"],
      ["GET", OURS, "resources holdfast.dev v1alpha1"],
      ["GET", "/api/v1", "resources  v1"],
      ["GET", "/openapi/v2", "openapi-v2"],
      ["GET", "/openapi/v3", "openapi-index"],
      ["GET", "/openapi/v3/apis/holdfast.dev/v1alpha1", "openapi-document apis/holdfast.dev/v1alpha1"],
      ["GET", `${OURS}/virtualips`, "list virtualips //"],
      ["GET", VIPS, "list virtualips default//"],
      ["HEAD", `${VIPS}/web`, "get virtualips default/web/"],
      ["POST", VIPS, "create virtualips default//"],
      ["PUT", `${VIPS}/web`, "update virtualips default/web/"],
      ["PATCH", `${VIPS}/web/status`, "patch virtualips default/web/status"],
      ["DELETE", `${VIPS}/web`, "delete virtualips default/web/"],
      ["DELETE", VIPS, "deletecollection virtualips default//"],
      ["GET", "/api/v1/namespaces", "list namespaces //"],
      ["GET", "/api/v1/namespaces/default", "get namespaces /default/"],
      ["GET", "/api/v1/namespaces/default/events", "list events default//"],
      ["PATCH", "/api/v1/nodes/lb-1", "patch nodes /lb-1/"],
      [
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "create selfsubjectaccessreviews //",
      ],
      ["GET", `${VIPS}/a%20b`, "get virtualips default/a b/"],
    ];
    for (const [method, path, meant] of table) assert.equal(call(method, path), meant, `${method} ${path}`);
    assert.equal(call("GET", VIPS, true), "watch virtualips default//");
    assert.equal(call("GET", `${VIPS}/web`, true), "watch virtualips default/web/");
  });

  it("is refused where there is nothing, and where the method means nothing", () => {
    const table: readonly (readonly [string, string, string])[] = [
      ["GET", "/", "404"],
      ["GET", "/etc/passwd", "404"],
      ["GET", "/apis/holdfast.dev/v1alpha1/gateways", "404"],
      ["GET", "/apis/holdfast.dev/v9/virtualips", "404"],
      ["GET", `${OURS}/virtualips/web`, "404"],
      ["GET", `${VIPS}/web/scale`, "404"],
      ["GET", `${VIPS}/web/status/more`, "404"],
      ["GET", "/api/v1/nodes/lb-1/status", "404"],
      ["GET", "/api/v1/namespaces/default/nodes", "404"],
      ["GET", `${VIPS}/%zz`, "404"],
      ["GET", "//", "404"],
      ["POST", "/version", "405"],
      ["POST", `${OURS}/virtualips`, "405"],
      ["POST", `${VIPS}/web`, "405"],
      ["PUT", VIPS, "405"],
      ["DELETE", `${VIPS}/web/status`, "405"],
      ["DELETE", "/api/v1/namespaces/default", "405"],
      ["TRACE", VIPS, "405"],
    ];
    for (const [method, path, code] of table) assert.equal(call(method, path), code, `${method} ${path}`);
  });
});
