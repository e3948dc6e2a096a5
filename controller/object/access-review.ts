/** The questions that a client asks about itself: who it is, and what it may do. */
import type { Json, JsonObject } from "../resource/json-schema.ts";
import type { ApiResource } from "./api-resource.ts";
import { messageIn, readKubernetesMessage, textIn } from "./protobuf.ts";
import { badRequest, type Refusal } from "./refusal.ts";
import { at, mappingAt } from "./tree.ts";

/** What somebody may or may not do. */
export interface Access {
  readonly verb: string;
  readonly group: string;
  /** Plural; empty: a path that is no resource. */
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string;
  /** Where `resource` is empty. */
  readonly path: string;
}

export const NO_ACCESS: Access = {
  verb: "",
  group: "",
  resource: "",
  subresource: "",
  name: "",
  namespace: "",
  path: "",
};

/** Of a SelfSubjectAccessReview in JSON. */
export function accessInJson(body: Json): Access {
  const asked = mappingAt(body, "spec", "resourceAttributes");
  const other = mappingAt(body, "spec", "nonResourceAttributes");
  const text = (tree: JsonObject, name: string): string => {
    const value = at(tree, name);
    return typeof value === "string" ? value : "";
  };
  if (Object.keys(asked).length === 0)
    return { ...NO_ACCESS, verb: text(other, "verb"), path: text(other, "path") };
  return {
    verb: text(asked, "verb"),
    group: text(asked, "group"),
    resource: text(asked, "resource"),
    subresource: text(asked, "subresource"),
    name: text(asked, "name"),
    namespace: text(asked, "namespace"),
    path: "",
  };
}

/** Of a SelfSubjectAccessReview in protobuf: authorization.k8s.io/v1, generated.proto. */
export function accessInProtobuf(bytes: Uint8Array): Access | Refusal {
  const message = readKubernetesMessage(bytes);
  if (message === null || message.kind !== "SelfSubjectAccessReview")
    return badRequest("the body is no SelfSubjectAccessReview in protobuf");
  const spec = messageIn(message.fields, 2);
  const asked = messageIn(spec, 1);
  const other = messageIn(spec, 2);
  if (asked === null) return { ...NO_ACCESS, path: textIn(other, 1), verb: textIn(other, 2) };
  return {
    namespace: textIn(asked, 1),
    verb: textIn(asked, 2),
    group: textIn(asked, 3),
    resource: textIn(asked, 5),
    subresource: textIn(asked, 6),
    name: textIn(asked, 7),
    path: "",
  };
}

export interface Subject {
  readonly name: string;
  readonly groups: readonly string[];
}

const review = ({ group, version, kind }: ApiResource, rest: JsonObject): JsonObject => ({
  kind,
  apiVersion: `${group}/${version}`,
  metadata: {},
  ...rest,
});

export const whoAmI = (resource: ApiResource, { name, groups }: Subject): JsonObject =>
  review(resource, { status: { userInfo: { username: name, groups: [...groups] } } });

export function accessAnswer(
  resource: ApiResource,
  asked: Access,
  isAllowed: boolean,
  because: string,
): JsonObject {
  const { path, ...attributes } = asked;
  const said = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ""));
  const spec =
    asked.resource === ""
      ? { nonResourceAttributes: { path, verb: asked.verb } }
      : { resourceAttributes: said };
  const status = { allowed: isAllowed, ...(isAllowed || because === "" ? {} : { reason: because }) };
  return review(resource, { spec, status });
}

export interface Rule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
}

/** What `kubectl auth can-i --list` prints. */
export const rulesAnswer = (
  resource: ApiResource,
  rules: readonly Rule[],
  paths: readonly string[],
): JsonObject =>
  review(resource, {
    spec: {},
    status: {
      resourceRules: rules.map(({ verbs, groups, resources }) => ({
        verbs: [...verbs],
        apiGroups: [...groups],
        resources: [...resources],
      })),
      nonResourceRules: [{ verbs: ["get"], nonResourceURLs: [...paths] }],
      incomplete: false,
    },
  });
