/** `kubectl cordon` and `uncordon`: the node out of service and back, by the same ways as `holdfast drain`. */

import { after, millis } from "../net/time.ts";
import { NODES } from "../object/api-resources.ts";
import { applyJsonPatch } from "../object/json-patch.ts";
import { patchForm } from "../object/media-types.ts";
import { applyMergePatch } from "../object/merge-patch.ts";
import { wantedService } from "../object/node-object.ts";
import { readBody } from "../object/read-body.ts";
import {
  conflict,
  isRefusal,
  notFound,
  notStored,
  type Refusal,
  unsupportedMediaType,
} from "../object/refusal.ts";
import { formatObjection } from "../plan/drain.ts";
import { NAME_CHARACTERS_MAX } from "../plan/drain-request.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { NodeDrain } from "../reconcile/drain.ts";
import type { Json, JsonObject } from "../resource/json-schema.ts";
import { type Answer, answerJson } from "./answer.ts";
import type { Collection } from "./collection.ts";
import type { ChangeNode } from "./kube-api.ts";
import type { ApiRequest } from "./request.ts";

export interface NodeChangeParts {
  readonly nodes: Collection;
  readonly drain: Pick<NodeDrain, "view" | "begin" | "end">;
  readonly clock: Clock;
}

/** Longer than a hand-over at intervals of a second takes; whoever has longer ones looks again. */
const OUTCOME_WAIT_MAX = millis(20_000);
const LOOK_INTERVAL = millis(50);

export function changeNodeBy(parts: NodeChangeParts): ChangeNode {
  return async ({ name }, request) => {
    const live = await parts.nodes.get("", name);
    if (live === null) return notFound(NODES, name);
    const asked = patched(live, request);
    if (isRefusal(asked)) return asked;
    const isToServe = wantedService(live, asked);
    if (isRefusal(isToServe)) return isToServe;
    return await unlessRefused(() => change(parts, live, isToServe, request));
  };
}

function patched(live: JsonObject, { header, body }: ApiRequest): Json | Refusal {
  const form = patchForm(header("content-type"), true);
  if (isRefusal(form)) return form;
  if (form === "apply") return unsupportedMediaType("a node cannot be applied: it is what the agent sees");
  const read = readBody(body, false);
  if (isRefusal(read)) return read;
  return form === "json-patch" ? applyJsonPatch(live, read.tree) : applyMergePatch(live, read.tree);
}

async function change(
  parts: NodeChangeParts,
  live: JsonObject,
  isToServe: boolean,
  { user, parameterList }: ApiRequest,
): Promise<Answer | Refusal> {
  const { drain } = parts;
  const isServing = drain.view().phase === "InService";
  const isDryRun = parameterList("dryRun").length > 0;
  const warnings: string[] = [];
  if (isServing !== isToServe && !isDryRun) {
    const by = user.name.slice(0, NAME_CHARACTERS_MAX);
    if (isToServe) await drain.end(by);
    else {
      const answer = await drain.begin({
        by,
        reason: "kubectl cordon",
        isForced: false,
      });
      if (!answer.ok)
        return conflict(NODES, drain.view().node, answer.objections.map(formatObjection).join("; "));
      warnings.push(...answer.warnings.map(formatObjection));
      const objections = await outcome(parts);
      if (objections !== null) return conflict(NODES, drain.view().node, objections);
      if (drain.view().phase === "Draining") warnings.push(STILL_DRAINING);
    }
  }
  const spec = isToServe ? {} : { unschedulable: true };
  return answerJson(200, { ...live, spec }, warnings);
}

const STILL_DRAINING = "the node still hands over: kubectl describe node tells how far it is";

/** Whoever cordons a node wants to know that it holds nothing any more. null: it is so, or takes long; else why it cannot be. */
async function outcome({ drain, clock }: NodeChangeParts): Promise<string | null> {
  const { signal } = new AbortController();
  const begun = drain.view().drain?.since ?? "";
  const deadline = after(clock.now(), OUTCOME_WAIT_MAX);
  while (drain.view().phase === "Draining" && clock.now() < deadline)
    await clock.sleep(LOOK_INTERVAL, signal);
  const { refusal } = drain.view();
  return refusal?.since === begun ? refusal.objections.map(formatObjection).join("; ") : null;
}

async function unlessRefused(task: () => Promise<Answer | Refusal>): Promise<Answer | Refusal> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    return notStored(error.message);
  }
}
