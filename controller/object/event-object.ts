/** Events of the core group: what happened to an object, and how often. */
import { rfc3339Seconds, type WallTime } from "../net/time.ts";
import type { JsonObject } from "../resource/json-schema.ts";
import type { Resource } from "../resource/meta.ts";

export interface Happening {
  readonly resource: Resource;
  readonly type: "Normal" | "Warning";
  /** One CamelCase word for programs. */
  readonly reason: string;
  readonly message: string;
}

/** One thing that happened, once or again. */
export interface Told {
  /** Of the event itself. */
  readonly name: string;
  readonly uid: string;
  readonly happening: Happening;
  readonly first: WallTime;
  readonly last: WallTime;
  readonly count: number;
}

const COMPONENT = "holdfast";

export function eventObject({ name, uid, happening, first, last, count }: Told, node: string): JsonObject {
  const { resource, type, reason, message } = happening;
  const { apiVersion, kind, metadata } = resource;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: metadata.namespace, uid, creationTimestamp: rfc3339Seconds(first) },
    involvedObject: {
      apiVersion,
      kind,
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
    },
    type,
    reason,
    message,
    source: { component: COMPONENT, host: node },
    reportingComponent: COMPONENT,
    reportingInstance: node,
    firstTimestamp: rfc3339Seconds(first),
    lastTimestamp: rfc3339Seconds(last),
    count,
  };
}

/** What is the same again is counted, not told anew. */
export const sameness = ({ resource, type, reason, message }: Happening): string =>
  JSON.stringify([resource.metadata.uid, type, reason, message]);
