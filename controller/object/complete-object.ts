/** The whole of an object judged and completed by the schema of its kind: the same that judges manifests in files. */
import * as z from "zod";
import { formatPath } from "../resource/complaint.ts";
import { complaintsOf } from "../resource/complaints-of-schema.ts";
import { isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { judgeManifest } from "../resource/judge-manifest.ts";
import { MANIFEST_SCHEMAS } from "../resource/manifest-schema.ts";
import type { Kind } from "../resource/meta.ts";
import { resourceStatus } from "../resource/status-schema.ts";
import { RESOURCES } from "./api-resources.ts";
import { causeOf } from "./complaint-cause.ts";
import type { Completed } from "./decide-write.ts";
import type { MergeType } from "./merge-type.ts";
import { metadataOf } from "./metadata.ts";
import { invalidObject, type Refusal } from "./refusal.ts";
import { fieldOf, withField } from "./tree.ts";
import { withoutUnknown } from "./unknown-fields.ts";

/** More have one cause. */
const CAUSES_MAX = 50;

export function completeObject(
  kind: Kind,
  type: MergeType,
  subresource: "" | "status",
  object: JsonObject,
): Completed | Refusal {
  const known = withoutUnknown(type, object);
  const content = isObject(known) ? known : {};
  return subresource === "status"
    ? completeStatus(kind, object, content)
    : completeSpec(kind, object, content);
}

function completeSpec(kind: Kind, object: JsonObject, content: JsonObject): Completed | Refusal {
  const { name, namespace, labels, annotations } = metadataOf(object);
  const value = {
    apiVersion: object["apiVersion"] ?? null,
    kind,
    // A name that is yet to be generated is judged when it is there.
    metadata: {
      ...(name === "" ? { name: UNNAMED } : { name }),
      namespace: namespace || undefined,
      labels,
      annotations,
    },
    ...said("spec", fieldOf(content, "spec")),
  };
  const { manifest, complaints } = judgeManifest(value);
  if (manifest === null) {
    const errors = complaints.filter(({ severity }) => severity === "error").slice(0, CAUSES_MAX);
    const schema = MANIFEST_SCHEMAS[kind];
    const json: Json = JSON.parse(JSON.stringify(value));
    return invalidObject(
      RESOURCES[kind],
      name,
      errors.map((each) => causeOf(each, schema, json)),
    );
  }
  return {
    object: withField(object, "spec", asJson(manifest.spec)),
    warnings: complaints.map(({ path, message }) => `${formatPath(path)}: ${message}`),
  };
}

const UNNAMED = "unnamed";

const said = (name: string, value: Json | undefined): JsonObject =>
  value === undefined ? {} : { [name]: value };

/** A schema's output holds JSON values only; undefined stands for what is not there. */
const asJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value));

const STATUS_SCHEMA = z.strictObject({ status: resourceStatus.optional() });

function completeStatus(kind: Kind, object: JsonObject, content: JsonObject): Completed | Refusal {
  const status = fieldOf(content, "status");
  const value = said("status", status);
  const result = STATUS_SCHEMA.safeParse(value);
  if (result.success) return { object: withField(object, "status", status), warnings: [] };
  const complaints = complaintsOf(result.error.issues, STATUS_SCHEMA, value).slice(0, CAUSES_MAX);
  const causes = complaints.map((each) => causeOf(each, STATUS_SCHEMA, value));
  return invalidObject(RESOURCES[kind], metadataOf(object).name, causes);
}
