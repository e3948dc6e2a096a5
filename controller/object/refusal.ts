/**
 * What the API refuses, as a value that becomes a Kubernetes Status. Code, reason and message are those of a Kubernetes API
 * server, because kubectl acts on the first two and its users know the third.
 */
import type { JsonObject } from "../resource/json-schema.ts";
import { type ApiResource, qualifiedKind, qualifiedPlural } from "./api-resource.ts";
import { type Cause, causeToJson, formatCause } from "./cause.ts";

/** A symbol, so that no tree of a client's can look like a refusal. */
const refused: unique symbol = Symbol("refused");

export interface Refusal {
  readonly [refused]: true;
  readonly type: "refused";
  /** The HTTP status. */
  readonly code: number;
  readonly reason: StatusReason;
  readonly message: string;
  readonly details: StatusDetails;
}

export type StatusReason =
  | "BadRequest"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "MethodNotAllowed"
  | "NotAcceptable"
  | "AlreadyExists"
  | "Conflict"
  | "Expired"
  | "RequestEntityTooLarge"
  | "UnsupportedMediaType"
  | "Invalid"
  | "TooManyRequests"
  | "InternalError"
  | "ServiceUnavailable"
  | "Timeout";

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The plural of the resource, or for `Invalid` the kind. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === "object" && value !== null && refused in value;

export function refuse(
  code: number,
  reason: StatusReason,
  message: string,
  details: StatusDetails = {},
): Refusal {
  return { [refused]: true, type: "refused", code, reason, message, details };
}

/** What a message about an object needs to know of its resource, which may be one that the API does not serve. */
type Named = Pick<ApiResource, "group" | "plural">;

const about = (resource: Named, name: string): StatusDetails => ({
  name,
  group: resource.group,
  kind: resource.plural,
});

export const badRequest = (message: string): Refusal => refuse(400, "BadRequest", message);

/** No word about why: it would help whoever guesses. The log says it. */
export const unauthorized = (): Refusal => refuse(401, "Unauthorized", "Unauthorized");

/** `why`: `User "x" cannot delete resource "virtualips" in API group "holdfast.dev" in the namespace "default"`. */
export function forbiddenTo(resource: Named, name: string, why: string): Refusal {
  const object = name === "" ? qualifiedPlural(resource) : `${qualifiedPlural(resource)} "${name}"`;
  return refuse(403, "Forbidden", `${object} is forbidden: ${why}`, about(resource, name));
}

/** As the API server words it where nobody has been given the right to it. */
export const impersonationForbidden = (user: string): Refusal =>
  forbiddenTo(
    { group: "", plural: "users" },
    "",
    `User ${JSON.stringify(user)} cannot impersonate resource "users" in API group "" at the cluster scope`,
  );

/** Of a path that is no resource. */
export const forbiddenPath = (why: string): Refusal => refuse(403, "Forbidden", `forbidden: ${why}`);

export const notFound = (resource: ApiResource, name: string): Refusal =>
  refuse(404, "NotFound", `${qualifiedPlural(resource)} "${name}" not found`, about(resource, name));

export const noSuchPath = (): Refusal =>
  refuse(404, "NotFound", "the server could not find the requested resource");

export const methodNotAllowed = (): Refusal =>
  refuse(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

export const alreadyExists = (resource: ApiResource, name: string): Refusal =>
  refuse(
    409,
    "AlreadyExists",
    `${qualifiedPlural(resource)} "${name}" already exists`,
    about(resource, name),
  );

export const generatedNameExists = (resource: ApiResource, name: string): Refusal =>
  refuse(
    409,
    "AlreadyExists",
    `${qualifiedPlural(resource)} "${name}" already exists, the server was not able to generate a unique name for the object`,
    { ...about(resource, name), retryAfterSeconds: 1 },
  );

export const STALE =
  "the object has been modified; please apply your changes to the latest version and try again";

export const conflict = (resource: ApiResource, name: string, why: string): Refusal =>
  refuse(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualifiedPlural(resource)} "${name}": ${why}`,
    about(resource, name),
  );

/** Of a resourceVersion, or of the place in a list, that is not kept any more: clients list anew. */
export const expired = (message: string): Refusal => refuse(410, "Expired", message);

/** The disk is full, or a limit is reached. No `Retry-After`: clients would ask ten times what only an operator mends. */
export const notStored = (why: string): Refusal =>
  refuse(507, "InternalError", `the store refuses to write: ${why}`);

export const tooLarge = (message: string): Refusal => refuse(413, "RequestEntityTooLarge", message);

export const unsupportedMediaType = (message: string): Refusal =>
  refuse(415, "UnsupportedMediaType", message);

export function invalidObject(resource: ApiResource, name: string, causes: readonly Cause[]): Refusal {
  const message = `${qualifiedKind(resource)} "${name}" is invalid: ${summary(causes)}`;
  const details = { name, group: resource.group, kind: resource.kind, causes };
  return refuse(422, "Invalid", message, details);
}

/** Options of a request: `DeleteOptions.meta.k8s.io "" is invalid: ...`. */
export function invalidOptions(kind: string, causes: readonly Cause[]): Refusal {
  const message = `${kind}.meta.k8s.io "" is invalid: ${summary(causes)}`;
  return refuse(422, "Invalid", message, { group: "meta.k8s.io", kind, causes });
}

export const tooManyRequests = (message: string, retryAfterSeconds: number): Refusal =>
  refuse(429, "TooManyRequests", message, { retryAfterSeconds });

export const internalError = (message: string): Refusal => refuse(500, "InternalError", message);

/** One as it is, several in brackets, each once. */
function summary(causes: readonly Cause[]): string {
  const texts = [...new Set(causes.map(formatCause))];
  return texts.length === 1 ? texts.join() : `[${texts.join(", ")}]`;
}

export function refusalToStatus({ code, reason, message, details }: Refusal): JsonObject {
  return { ...statusOf("Failure"), message, reason, details: detailsToJson(details), code };
}

/** The answer to a DELETE after which the object is gone. */
export const successStatus = (details: StatusDetails): JsonObject => ({
  ...statusOf("Success"),
  details: detailsToJson(details),
});

const statusOf = (status: "Success" | "Failure"): JsonObject => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status,
});

function detailsToJson({ causes, ...details }: StatusDetails): JsonObject {
  const said = Object.entries(details).filter(([, value]) => value !== "");
  return {
    ...Object.fromEntries(said),
    ...(causes === undefined ? {} : { causes: causes.map(causeToJson) }),
  };
}
