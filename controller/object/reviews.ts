/** What a client asks about itself: `kubectl auth whoami` and `kubectl auth can-i`. */
import { isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { apiVersionOf } from "./api-resource.ts";
import {
  SELF_SUBJECT_ACCESS_REVIEWS,
  SELF_SUBJECT_REVIEWS,
  SELF_SUBJECT_RULES_REVIEWS,
} from "./api-resources.ts";
import { isAllowed, isPathAllowed, readablePaths, rulesOf } from "./authorize.ts";
import type { Identity } from "./identity.ts";

type Review = typeof SELF_SUBJECT_REVIEWS;

const answer = (review: Review, spec: JsonObject | null, status: JsonObject): JsonObject => ({
  kind: review.kind,
  apiVersion: apiVersionOf(review),
  metadata: {},
  ...(spec === null ? {} : { spec }),
  status,
});

export const reviewSelf = ({ name, groups }: Identity): JsonObject =>
  answer(SELF_SUBJECT_REVIEWS, null, { userInfo: { username: name, groups: [...groups] } });

/** `spec`: of the SelfSubjectAccessReview. What it leaves out, or says in another form, is empty. */
export function reviewAccess({ role, name }: Identity, spec: JsonObject): JsonObject {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  const allowed =
    isObject(path) && !isObject(resource)
      ? isPathAllowed(role, textOf(path["verb"]), textOf(path["path"]))
      : isObject(resource) &&
        isAllowed(role, {
          verb: textOf(resource["verb"]),
          group: textOf(resource["group"]),
          resource: textOf(resource["resource"]),
          subresource: textOf(resource["subresource"]),
        });
  const reason = `${name} is ${role === "viewer" ? "a" : "an"} ${role}`;
  return answer(SELF_SUBJECT_ACCESS_REVIEWS, spec, { allowed, reason });
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** Everything that a role may do: roles are the same in every namespace. */
export function reviewRules({ role }: Identity, spec: JsonObject): JsonObject {
  const resourceRules = rulesOf(role).map(({ verbs, group, resources }) => ({
    verbs: [...verbs],
    apiGroups: [group],
    resources: [...resources],
  }));
  const nonResourceRules =
    role === "admin"
      ? [{ verbs: ["*"], nonResourceURLs: ["*"] }]
      : [{ verbs: ["get"], nonResourceURLs: [...readablePaths()] }];
  return answer(SELF_SUBJECT_RULES_REVIEWS, spec, { resourceRules, nonResourceRules, incomplete: false });
}
