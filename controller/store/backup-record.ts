/** One object of a backup, judged as strictly as a manifest: it may come from another version of holdfast, or from an editor. */
import { formatPath } from "../resource/complaint.ts";
import { isMapping, judgeManifest, type Mapping } from "../resource/judge-manifest.ts";
import type { Resource } from "../resource/meta.ts";
import { resourceStatus } from "../resource/status-schema.ts";
import type { Provenance, StoredResource } from "../resource/stored.ts";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Why it cannot be taken, otherwise. */
export function storedResourceIn(record: Mapping | null): StoredResource | string {
  const resource = record?.["resource"];
  const provenance = record?.["provenance"];
  if (!isMapping(resource) || !isMapping(provenance))
    return "it must hold a resource and its provenance, as JSON";
  const wrong = wrongWithResource(resource) ?? wrongWithProvenance(provenance);
  if (wrong !== null) return wrong;
  // All that the types say has been looked at.
  return { resource: resource as unknown as Resource, provenance: provenance as unknown as Provenance };
}

function wrongWithResource(resource: Mapping): string | null {
  const { apiVersion, kind, metadata, spec, status } = resource;
  if (!isMapping(metadata)) return "metadata must be there";
  const { name, namespace, labels, annotations } = metadata;
  const own = Object.entries({ name, namespace, labels, annotations }).filter(
    ([, value]) => value !== undefined,
  );
  const { complaints } = judgeManifest({ apiVersion, kind, metadata: Object.fromEntries(own), spec });
  const error = complaints.find(({ severity }) => severity === "error");
  if (error !== undefined)
    return `${String(kind)} ${String(name)}: ${formatPath(error.path)}: ${error.message}`;
  const wrong = wrongWithMetadata(metadata) ?? wrongWithStatus(status);
  return wrong === null ? null : `${String(kind)} ${String(name)}: ${wrong}`;
}

function wrongWithMetadata(metadata: Mapping): string | null {
  const { namespace, uid, generation, creationTimestamp, finalizers, managedFields, deletionTimestamp } =
    metadata;
  if (typeof namespace !== "string") return "metadata.namespace must be there";
  if (typeof uid !== "string" || uid === "") return "metadata.uid must be there";
  if (!Number.isInteger(generation) || Number(generation) < 1)
    return "metadata.generation must be a number from 1";
  if (!isTime(creationTimestamp)) return "metadata.creationTimestamp must be a time";
  if (deletionTimestamp !== undefined && !isTime(deletionTimestamp))
    return "metadata.deletionTimestamp must be a time";
  if (finalizers !== undefined && !isListOf(finalizers, (each) => typeof each === "string")) {
    return "metadata.finalizers must be a list of texts";
  }
  if (managedFields !== undefined && !isListOf(managedFields, isMapping)) {
    return "metadata.managedFields must be a list of objects";
  }
  return null;
}

function wrongWithStatus(status: unknown): string | null {
  if (status === undefined) return null;
  const issue = resourceStatus.safeParse(status).error?.issues[0];
  return issue === undefined ? null : `status.${issue.path.join(".")}: ${issue.message}`;
}

function wrongWithProvenance({ source, file, line }: Mapping): string | null {
  const isSound = typeof source === "string" && typeof file === "string" && Number.isInteger(line);
  return isSound ? null : "provenance must have source, file and line";
}

const isTime = (value: unknown): boolean => typeof value === "string" && TIME.test(value);
const isListOf = (value: unknown, isOne: (each: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isOne);
