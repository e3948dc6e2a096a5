/** What the agent has told the speaker. */
import type { CheckVerdict, VirtualRouter } from "../vrrp/virtual-router.ts";

export interface Orders {
  /** `null`: the agent has said nothing yet. */
  readonly revision: string | null;
  readonly routers: readonly VirtualRouter[];
  readonly verdicts: readonly CheckVerdict[];
}

export const NO_ORDERS: Orders = { revision: null, routers: [], verdicts: [] };
