/**
 * Who may do what at the API: from the roles that somebody's groups give. What is not named here is for admins alone.
 */
import type { Access, Rule, Subject } from "./access-review.ts";
import type { ApiResource } from "./api-resource.ts";
import { DEFINITIONS, EVENTS, NAMESPACES, NODES, RESOURCES, REVIEWS } from "./api-resources.ts";
import { type Role, roleOfGroups } from "./identity.ts";

const READING = ["get", "list", "watch"];
const WRITING = ["create", "update", "patch", "delete", "deletecollection"];
const OURS = Object.values(RESOURCES);

const plurals = (resources: readonly ApiResource[]): string[] => resources.map(({ plural }) => plural);
const statuses = (resources: readonly ApiResource[]): string[] =>
  resources.map(({ plural }) => `${plural}/status`);
const groupsOf = (resources: readonly ApiResource[]): string[] => [
  ...new Set(resources.map(({ group }) => group)),
];

const FOR_EVERYBODY: readonly Rule[] = REVIEWS.map((review) => ({
  verbs: ["create"],
  groups: [review.group],
  resources: [review.plural],
}));

/** A list of what may be seen, not of what may not: what the API comes to serve later is closed until it is put here. */
const FOR_VIEWERS: readonly Rule[] = [
  ...FOR_EVERYBODY,
  { verbs: READING, groups: groupsOf(OURS), resources: [...plurals(OURS), ...statuses(OURS)] },
  {
    verbs: READING,
    groups: groupsOf([EVENTS, NODES, NAMESPACES]),
    resources: [...plurals([EVENTS, NODES, NAMESPACES]), "nodes/status", "pods", "pods/log"],
  },
  { verbs: READING, groups: [DEFINITIONS.group], resources: [DEFINITIONS.plural] },
];

/** Neither a node, which an admin takes out of service, nor a status, which is the agent's to write. */
const FOR_EDITORS: readonly Rule[] = [
  ...FOR_VIEWERS,
  { verbs: WRITING, groups: groupsOf(OURS), resources: plurals(OURS) },
];

const FOR_ADMINS: readonly Rule[] = [{ verbs: ["*"], groups: ["*"], resources: ["*"] }];

const RULES: Readonly<Record<Role, readonly Rule[]>> = {
  viewer: FOR_VIEWERS,
  editor: FOR_EDITORS,
  admin: FOR_ADMINS,
};

/** Of one who has no role: none. */
export function rulesOf({ groups }: Pick<Subject, "groups">): readonly Rule[] {
  const role = roleOfGroups(groups);
  return role === null ? [] : RULES[role];
}

/** In the words of a Kubernetes API server; null: it is allowed. */
export function whyForbidden(subject: Subject, access: Access): string | null {
  if (access.resource === "") return whyForbiddenPath(subject, access);
  const { verb, group, resource, subresource, namespace } = access;
  const path = subresource === "" ? resource : `${resource}/${subresource}`;
  const isAllowed = rulesOf(subject).some(
    (rule) => covers(rule.verbs, verb) && covers(rule.groups, group) && covers(rule.resources, path),
  );
  if (isAllowed) return null;
  const place = namespace === "" ? "at the cluster scope" : `in the namespace ${quote(namespace)}`;
  return `User ${quote(subject.name)} cannot ${verb} resource ${quote(path)} in API group ${quote(group)} ${place}`;
}

const covers = (allowed: readonly string[], asked: string): boolean =>
  allowed.includes("*") || allowed.includes(asked);

/** Go's %q, of which JSON is the same for all that occurs in names. */
const quote = (text: string): string => JSON.stringify(text);

/** Probes know no password. They are told whether we are well, and nothing else. */
const ANONYMOUS_PATHS = ["/healthz", "/livez", "/readyz"];

export const isAnonymousPath = (path: string): boolean => ANONYMOUS_PATHS.includes(path);

/** Open to every role: what kubectl asks for before it knows a resource. `*` at the end: and what lies below. */
export const READABLE_PATHS: readonly string[] = [
  ...["/api", "/apis", "/openapi", "/version"].flatMap((path) => [path, `${path}/*`]),
  ...ANONYMOUS_PATHS,
];

function whyForbiddenPath({ name, groups }: Subject, { verb, path }: Access): string | null {
  const role = roleOfGroups(groups);
  const isReading = verb === "get" && (isAnonymousPath(path) || (role !== null && isReadable(path)));
  return role === "admin" || isReading ? null : `User ${quote(name)} cannot ${verb} path ${quote(path)}`;
}

const isReadable = (path: string): boolean =>
  READABLE_PATHS.some((each) => (each.endsWith("*") ? path.startsWith(each.slice(0, -1)) : path === each));
