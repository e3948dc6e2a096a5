/** A node's drain of which a test says beforehand how it goes, for the local API and the commands that ask it. */
import type {
  DrainAnswer,
  DrainedVirtualIP,
  DrainRefusal,
  DrainView,
  Objection,
} from "../../controller/plan/drain.ts";
import type { DrainRequest } from "../../controller/plan/drain-request.ts";
import type { NodeDrain } from "../../controller/reconcile/drain.ts";

export const SINCE = "2026-11-24T12:00:00.000Z";

export const aVip = (different: Partial<DrainedVirtualIP> = {}): DrainedVirtualIP => ({
  virtualIP: "web",
  stage: "away",
  holder: "172.16.253.105",
  wasHeld: true,
  ...different,
});

export class ScriptedDrain implements Pick<NodeDrain, "view" | "begin" | "end"> {
  /** What speaks against it. */
  objections: readonly Objection[] = [];
  /** Thrown at whoever begins or ends. */
  failure: Error | null = null;
  /** What becomes of the VirtualIPs, look by look; then it is over. */
  looks: (readonly DrainedVirtualIP[])[] = [];
  refusal: DrainRefusal | null = null;
  order: DrainRequest | null = null;

  view(): DrainView {
    const next = this.looks.shift();
    const isOver = next === undefined;
    const isRefused = isOver && this.refusal !== null;
    return {
      node: "lb1",
      phase: this.order === null || isRefused ? "InService" : isOver ? "Drained" : "Draining",
      drain: this.order === null || isRefused ? null : { ...this.order, since: SINCE },
      refusal: isOver ? this.refusal : null,
      virtualIPs: next ?? [aVip()],
    };
  }

  async begin(order: DrainRequest): Promise<DrainAnswer> {
    if (this.failure !== null) throw this.failure;
    const { objections } = this;
    if (objections.length > 0 && !order.isForced) return { ok: false, objections };
    this.order ??= order;
    return { ok: true, view: this.view(), warnings: objections };
  }

  async end(): Promise<DrainView> {
    if (this.failure !== null) throw this.failure;
    this.order = null;
    return this.view();
  }
}
