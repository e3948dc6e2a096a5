/** Answers what a client asks about itself. */
import {
  accessAnswer,
  accessInJson,
  accessInProtobuf,
  rulesAnswer,
  whoAmI,
} from "../object/access-review.ts";
import type { ApiResource } from "../object/api-resource.ts";
import {
  SELF_SUBJECT_ACCESS_REVIEWS,
  SELF_SUBJECT_REVIEWS,
  SELF_SUBJECT_REVIEWS_BETA,
} from "../object/api-resources.ts";
import { READABLE_PATHS } from "../object/authorize.ts";
import { bodyForm } from "../object/media-types.ts";
import { readBody } from "../object/read-body.ts";
import { isRefusal, type Refusal } from "../object/refusal.ts";
import { type Answer, answerJson } from "./answer.ts";
import type { Gate } from "./gate.ts";
import type { ApiRequest } from "./request.ts";

export function review(gate: Gate, resource: ApiResource, request: ApiRequest): Answer | Refusal {
  const { user } = request;
  switch (resource) {
    case SELF_SUBJECT_REVIEWS:
    case SELF_SUBJECT_REVIEWS_BETA:
      return answerJson(201, whoAmI(resource, user));
    case SELF_SUBJECT_ACCESS_REVIEWS:
      return reviewAccess(gate, resource, request);
    default:
      return answerJson(201, rulesAnswer(resource, gate.rules(user), READABLE_PATHS));
  }
}

function reviewAccess(gate: Gate, resource: ApiResource, request: ApiRequest): Answer | Refusal {
  const asked = accessAskedFor(request);
  if (isRefusal(asked)) return asked;
  const why = gate.refusal(request.user, asked);
  return answerJson(201, accessAnswer(resource, asked, why === null, why ?? ""));
}

function accessAskedFor({ header, body }: ApiRequest): ReturnType<typeof accessInProtobuf> {
  const form = bodyForm(header("content-type"));
  if (isRefusal(form)) return form;
  if (form === "protobuf") return accessInProtobuf(body);
  const read = readBody(body, form === "yaml");
  return isRefusal(read) ? read : accessInJson(read.tree);
}
