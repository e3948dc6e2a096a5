/**
 * The last changes of role on this node, on disk beside the resources: what `holdfast why` tells about last night. Nothing
 * is decided by them.
 */
import { QUEUED_ITEMS_MAX, type ResourceStore } from "../port/resource-store.ts";
import type { Transition } from "../vrrp/virtual-router.ts";

const QUEUE = "history";
export const TRANSITIONS_PER_ROUTER_MAX = 100;
/** Of all routers: some 2 MB. On a node with more than 50 that all flap, fewer are kept of each. */
const TRANSITIONS_MAX = 5_000;

/** Resolves when it is durable. The same one told again is kept once. */
export async function rememberTransition(
  store: Pick<ResourceStore, "enqueue" | "queued" | "dequeue">,
  transition: Transition,
): Promise<void> {
  await store.enqueue(QUEUE, [{ id: `${transition.speaker}:${transition.sequence}`, payload: transition }]);
  const kept = await store.queued(QUEUE, QUEUED_ITEMS_MAX);
  const ofRouter = kept.filter(({ payload }) => isOf(payload, transition.router));
  const surplus = [
    ...ofRouter.slice(0, Math.max(0, ofRouter.length - TRANSITIONS_PER_ROUTER_MAX)),
    ...kept.slice(0, Math.max(0, kept.length - TRANSITIONS_MAX)),
  ];
  if (surplus.length > 0) await store.dequeue(QUEUE, [...new Set(surplus.map(({ id }) => id))]);
}

/** Oldest first. */
export async function transitionsOf(
  store: Pick<ResourceStore, "queued">,
  router: string,
): Promise<readonly Transition[]> {
  const kept = await store.queued(QUEUE, QUEUED_ITEMS_MAX);
  return kept.map(({ payload }) => payload).filter((payload): payload is Transition => isOf(payload, router));
}

function isOf(payload: unknown, router: string): payload is Transition {
  return typeof payload === "object" && payload !== null && "router" in payload && payload.router === router;
}
