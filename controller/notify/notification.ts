/** One thing to be told to one receiver, as it waits in the queue. */
import * as z from "zod";
import { type Millis, millis, type WallTime } from "../net/time.ts";
import type { QueuedItem } from "../port/resource-store.ts";

const notification = z.object({
  /** Notifications of one lane are delivered one after another; lanes do not wait for each other. */
  lane: z.string(),
  /** When it happened. */
  at: z.number().transform((value) => value as WallTime),
  delivery: z.discriminatedUnion("type", [
    z.object({
      type: z.literal("mail"),
      to: z.array(z.string()),
      from: z.string(),
      server: z.string(),
      subject: z.string(),
      text: z.string(),
      messageId: z.string(),
    }),
    z.object({
      type: z.literal("exec"),
      command: z.array(z.string()),
      timeout: z.number().transform((value): Millis => millis(value)),
    }),
  ]),
});

export type Notification = z.output<typeof notification>;

export const toQueuedItem = (id: string, payload: Notification): QueuedItem => ({ id, payload });

/** null for what no version of ours has written: it can only be thrown away. */
export function fromQueuedItem({ payload }: QueuedItem): Notification | null {
  const parsed = notification.safeParse(payload);
  return parsed.success ? parsed.data : null;
}
