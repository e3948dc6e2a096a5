/** A request to write objects of ours: its parameters and body read, and what came of it shown. */
import type { ResourceCall } from "../object/api-call.ts";
import { deletedStatus } from "../object/decide-delete.ts";
import type { WriteRequest } from "../object/decide-write.ts";
import { dryRunCauses, readDeleteOptions } from "../object/delete-options.ts";
import { fieldValidationCauses, readFieldValidation } from "../object/field-validation.ts";
import { isTrue, readListOptions, selects } from "../object/list-options.ts";
import { managerName, managerNameCauses } from "../object/manager-name.ts";
import { bodyForm, type PatchForm, patchForm } from "../object/media-types.ts";
import { metadataOf } from "../object/metadata.ts";
import { type Body, readBody } from "../object/read-body.ts";
import {
  badRequest,
  invalidOptions,
  isRefusal,
  type Refusal,
  successStatus,
  unsupportedMediaType,
} from "../object/refusal.ts";
import type { Kind } from "../resource/meta.ts";
import { type Answer, answerJson } from "./answer.ts";
import type { Collection } from "./collection.ts";
import { showWritten } from "./read.ts";
import type { ApiRequest } from "./request.ts";
import { deleteObject, type Write, type WriteParts, type Written, writeObject } from "./write.ts";

export interface WriteCall {
  readonly kind: Kind;
  readonly call: ResourceCall;
  readonly request: ApiRequest;
  readonly collection: Collection;
}

export async function serveWrite(parts: WriteParts, asked: WriteCall): Promise<Answer | Refusal> {
  const { verb } = asked.call;
  if (verb === "delete") return await serveDelete(parts, asked);
  if (verb === "deletecollection") return await serveDeleteCollection(parts, asked);
  const form = verb === "patch" ? patchForm(asked.request.header("content-type"), false) : null;
  if (isRefusal(form)) return form;
  const write = writeOf(asked, form === "apply");
  if (isRefusal(write)) return write;
  const body = form === null ? wholeBody(asked.request) : readBody(asked.request.body, form === "apply");
  if (isRefusal(body)) return body;
  const { parameters } = asked.request;
  const request: WriteRequest = {
    verb: form ?? (verb === "create" ? "create" : "update"),
    body: body.tree,
    duplicates: body.duplicates,
    fieldValidation: readFieldValidation(parameters("fieldValidation")),
    isForced: isTrue(parameters("force")),
  };
  const written = await writeObject(parts, write, request);
  return isRefusal(written) ? written : shown(parts, asked, written);
}

function wholeBody({ header, body }: ApiRequest): Body | Refusal {
  const form = bodyForm(header("content-type"));
  if (isRefusal(form)) return form;
  if (form === "protobuf")
    return unsupportedMediaType(
      "objects of this kind have no form in protobuf: send application/json or application/yaml",
    );
  return readBody(body, form === "yaml");
}

const OPTIONS: { readonly [F in PatchForm | "create" | "update" | "delete"]: string } = {
  create: "CreateOptions",
  update: "UpdateOptions",
  apply: "PatchOptions",
  "json-patch": "PatchOptions",
  "merge-patch": "PatchOptions",
  delete: "DeleteOptions",
};

function writeOf({ kind, call, request }: WriteCall, isApply: boolean): Write | Refusal {
  const { parameters, parameterList, header } = request;
  const stages = parameterList("dryRun");
  const fieldManager = parameters("fieldManager");
  const causes = [
    ...dryRunCauses(stages),
    ...fieldValidationCauses(parameters("fieldValidation")),
    ...managerNameCauses(fieldManager, isApply),
  ];
  const options = OPTIONS[call.verb === "patch" ? "apply" : call.verb === "create" ? "create" : "update"];
  if (causes.length > 0) return invalidOptions(options, causes);
  if (isTrue(parameters("force")) && !isApply && call.verb === "patch")
    return invalidOptions(options, [FORCE_FORBIDDEN]);
  return {
    call,
    kind,
    manager: managerName(fieldManager, header("user-agent")),
    isDryRun: stages.length > 0,
  };
}

const FORCE_FORBIDDEN = {
  reason: "FieldValueForbidden",
  field: "force",
  message: "Forbidden: may not be specified for non-apply patch",
} as const;

/** 201 for what is new. */
function shown(
  { clock }: WriteParts,
  { call, request }: WriteCall,
  { type, object, warnings }: Written,
): Answer {
  const status = type === "created" ? 201 : 200;
  return answerJson(status, showWritten(call.resource, object, request, clock), warnings);
}

async function serveDelete(parts: WriteParts, asked: WriteCall): Promise<Answer | Refusal> {
  const { call, request } = asked;
  const options = deleteOptions(request);
  if (isRefusal(options)) return options;
  const written = await deleteObject(parts, writeForDelete(asked, call, options.isDryRun), options);
  if (isRefusal(written)) return written;
  // What waits for its finalizers is shown as it is now.
  if (written.type !== "deleted") return shown(parts, asked, written);
  return answerJson(200, deletedStatus(call.resource, written.object), written.warnings);
}

const writeForDelete = ({ kind, request }: WriteCall, call: ResourceCall, isDryRun: boolean): Write => ({
  call,
  kind,
  manager: managerName("", request.header("user-agent")),
  isDryRun,
});

function deleteOptions({ body, parameterList, header }: ApiRequest): ReturnType<typeof readDeleteOptions> {
  const dryRun = parameterList("dryRun");
  if (body.length === 0) return readDeleteOptions(undefined, dryRun);
  const form = bodyForm(header("content-type"));
  if (isRefusal(form)) return form;
  if (form === "protobuf")
    return badRequest("DeleteOptions in protobuf are not understood: send application/json");
  const read = readBody(body, form === "yaml");
  return isRefusal(read) ? read : readDeleteOptions(read.tree, dryRun);
}

/** One by one, as Kubernetes does it: what is gone when another is refused stays gone. */
async function serveDeleteCollection(parts: WriteParts, asked: WriteCall): Promise<Answer | Refusal> {
  const { call, request, collection } = asked;
  const options = deleteOptions(request);
  if (isRefusal(options)) return options;
  const selection = readListOptions(request.parameters, call.resource, await collection.version());
  if (isRefusal(selection)) return selection;
  const { objects } = await collection.list();
  const warnings: string[] = [];
  for (const object of objects) {
    const { name, namespace } = metadataOf(object);
    if (namespace !== call.namespace || !selects(selection, object)) continue;
    const write = writeForDelete(asked, { ...call, name }, options.isDryRun);
    const written = await deleteObject(parts, write, options);
    // Somebody else was faster.
    if (isRefusal(written) && written.code === 404) continue;
    if (isRefusal(written)) return written;
    warnings.push(...written.warnings);
  }
  const { group, plural: kind } = call.resource;
  return answerJson(200, successStatus({ group, kind }), warnings);
}
