/** What the API serves, in the two forms that clients ask for: all at once ("aggregated"), and list by list. */

import type { JsonObject } from "../resource/json-schema.ts";
import { type ApiResource, apiVersionOf, hasStatus } from "./api-resource.ts";
import { API_RESOURCES } from "./api-resources.ts";

export type DiscoveryVersion = "v2" | "v2beta1";

/** Must also be the Content-Type of the answer: clients take any other for the older form. */
export const discoveryMediaType = (version: DiscoveryVersion): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

const groupsOf = (): readonly string[] => [...new Set(API_RESOURCES.map(({ group }) => group))];
const resourcesOf = (group: string, version: string): readonly ApiResource[] =>
  API_RESOURCES.filter((resource) => resource.group === group && resource.version === version);
const versionsOf = (group: string): readonly string[] => [
  ...new Set(API_RESOURCES.filter((resource) => resource.group === group).map(({ version }) => version)),
];

/** Of `/api` (the core group) or `/apis` (all others). */
export function aggregatedDiscovery(root: "api" | "apis", version: DiscoveryVersion): JsonObject {
  const groups = groupsOf().filter((group) => (group === "") === (root === "api"));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(discoveredGroup),
  };
}

const discoveredGroup = (group: string): JsonObject => ({
  metadata: group === "" ? {} : { name: group },
  versions: versionsOf(group).map((version) => ({
    version,
    freshness: "Current",
    resources: resourcesOf(group, version).map(discoveredResource),
  })),
});

function discoveredResource(resource: ApiResource): JsonObject {
  const { group, version, kind, plural, singular, shortNames, categories, verbs, statusVerbs } = resource;
  const responseKind = { group, version, kind };
  const status = { subresource: "status", responseKind, verbs: statusVerbs };
  return {
    resource: plural,
    responseKind,
    scope: resource.isNamespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    ...unlessEmpty({ shortNames, categories }),
    verbs,
    ...(hasStatus(resource) ? { subresources: [status] } : {}),
  };
}

const unlessEmpty = (lists: Readonly<Record<string, readonly string[]>>): JsonObject =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));

/** `/api` in the older form. `address`: where clients reach the server, HOST:PORT. */
export const coreVersions = (address: string): JsonObject => ({
  kind: "APIVersions",
  versions: versionsOf(""),
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
});

/** `/apis` in the older form. */
export const groupList = (): JsonObject => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: groupsOf()
    .filter((group) => group !== "")
    .map(groupEntry),
});

/** `/apis/GROUP`; null where there is no such group. */
export const groupDocument = (group: string): JsonObject | null =>
  group !== "" && groupsOf().includes(group)
    ? { kind: "APIGroup", apiVersion: "v1", ...groupEntry(group) }
    : null;

function groupEntry(group: string): JsonObject {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  const [preferredVersion = {}] = versions;
  return { name: group, versions, preferredVersion };
}

/** `/apis/GROUP/VERSION`, and for the empty group `/api/VERSION`; null where there is none. kubectl always asks it for `auth can-i`. */
export function resourceList(group: string, version: string): JsonObject | null {
  const resources = resourcesOf(group, version);
  const [first] = resources;
  if (first === undefined) return null;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersionOf(first),
    resources: resources.flatMap(listedResource),
  };
}

function listedResource(resource: ApiResource): readonly JsonObject[] {
  const { kind, plural, singular, isNamespaced, verbs, statusVerbs, shortNames, categories } = resource;
  const common = { namespaced: isNamespaced, kind };
  const whole = { name: plural, singularName: singular, ...common, verbs };
  const status = { name: `${plural}/status`, singularName: "", ...common, verbs: statusVerbs };
  return [{ ...whole, ...unlessEmpty({ shortNames, categories }) }, ...(hasStatus(resource) ? [status] : [])];
}
