/** What a client wants of a collection: which objects, as of when, once or for as long as it listens. */

import type { JsonObject } from "../resource/json-schema.ts";
import type { ApiResource } from "./api-resource.ts";
import { type Cause, forbidden, invalid, notSupported, required } from "./cause.ts";
import { type FieldSelector, readFieldSelector, selectsFields } from "./field-selector.ts";
import { type LabelSelector, readLabelSelector, selectsLabels } from "./label-selector.ts";
import { badRequest, expired, invalidOptions, isRefusal, type Refusal } from "./refusal.ts";
import { mappingAt } from "./tree.ts";

/** The parameters of a URL; empty for what is not given. */
export type Parameters = (name: string) => string;

export interface Selection {
  readonly labels: LabelSelector;
  readonly fields: FieldSelector;
}

export interface ListOptions extends Selection {
  /** Empty or `0`: whatever there is. */
  readonly resourceVersion: string;
}

export interface WatchOptions extends ListOptions {
  /** Begin with all that there is, and say when that is told: what is called WatchList. */
  readonly sendsInitialEvents: boolean;
  readonly wantsBookmarks: boolean;
  /** null: for as long as the server likes. */
  readonly timeoutSeconds: number | null;
}

/** Of a resourceVersion in a request: whatever there is will do. */
export const isAnyVersion = (version: string): boolean => version === "" || version === "0";

export const selects = ({ labels, fields }: Selection, object: JsonObject): boolean =>
  selectsLabels(labels, mappingAt(object, "metadata", "labels")) && selectsFields(fields, object);

/** `current`: the newest version that was given. The number of objects is never limited: a client takes all or asks for fewer. */
export function readListOptions(
  parameters: Parameters,
  resource: ApiResource,
  current: string,
): ListOptions | Refusal {
  if (parameters("continue") !== "")
    return expired("The provided continue parameter is too old: lists are given whole here");
  const selection = readSelection(parameters, resource);
  if (isRefusal(selection)) return selection;
  const resourceVersion = parameters("resourceVersion");
  const match = parameters("resourceVersionMatch");
  const causes = [...versionCauses(resourceVersion), ...matchCauses(match, resourceVersion)];
  if (causes.length > 0) return invalidOptions("ListOptions", causes);
  if (match === "Exact" && resourceVersion !== current)
    return expired(`The resourceVersion for the provided list is too old.`);
  return { ...selection, resourceVersion };
}

export function readWatchOptions(parameters: Parameters, resource: ApiResource): WatchOptions | Refusal {
  const selection = readSelection(parameters, resource);
  if (isRefusal(selection)) return selection;
  const resourceVersion = parameters("resourceVersion");
  const initial = parameters("sendInitialEvents");
  const causes = [
    ...versionCauses(resourceVersion),
    ...initialCauses(initial, parameters("resourceVersionMatch"), resourceVersion),
  ];
  if (causes.length > 0) return invalidOptions("ListOptions", causes);
  const seconds = parameters("timeoutSeconds");
  if (!/^\d{0,9}$/.test(seconds))
    return badRequest(`timeoutSeconds: must be a whole number, found "${seconds}"`);
  return {
    ...selection,
    resourceVersion,
    sendsInitialEvents: isTrue(initial),
    wantsBookmarks: isTrue(parameters("allowWatchBookmarks")),
    timeoutSeconds: seconds === "" || Number(seconds) === 0 ? null : Number(seconds),
  };
}

export const isTrue = (text: string): boolean => text === "true" || text === "1";

function readSelection(parameters: Parameters, resource: ApiResource): Selection | Refusal {
  const labels = readLabelSelector(parameters("labelSelector"));
  if (isRefusal(labels)) return labels;
  const fields = readFieldSelector(parameters("fieldSelector"), resource);
  return isRefusal(fields) ? fields : { labels, fields };
}

const versionCauses = (version: string): readonly Cause[] =>
  /^\d{0,15}$/.test(version)
    ? []
    : [invalid("resourceVersion", version, "must be a number that a server has given")];

function matchCauses(match: string, version: string): readonly Cause[] {
  if (match === "") return [];
  if (match !== "Exact" && match !== "NotOlderThan")
    return [notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan"])];
  if (version === "")
    return [
      forbidden(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden unless resourceVersion is provided",
      ),
    ];
  return match === "Exact" && version === "0"
    ? [forbidden("resourceVersionMatch", `resourceVersionMatch "Exact" is forbidden for resourceVersion "0"`)]
    : [];
}

/** Kubernetes has all three refused with 422, upon which clients list and watch as they used to. */
function initialCauses(initial: string, match: string, version: string): readonly Cause[] {
  if (initial === "")
    return match === ""
      ? []
      : [
          forbidden(
            "resourceVersionMatch",
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
          ),
        ];
  if (match === "")
    return [
      required(
        "resourceVersionMatch",
        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
      ),
    ];
  if (match !== "NotOlderThan") return [notSupported("resourceVersionMatch", match, ["NotOlderThan"])];
  return isTrue(initial) || version !== "" || initial === "false"
    ? []
    : [invalid("sendInitialEvents", initial, "must be true or false")];
}
