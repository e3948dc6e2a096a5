/** From a transition to what each receiver is told. Pure, though it stands beside the queue that it fills. */
import { rfc3339 } from "../net/time.ts";
import type { QueuedItem } from "../port/resource-store.ts";
import { spanOf } from "../resource/fields.ts";
import type { NotifySpec } from "../resource/virtual-ip.ts";
import type { Role, Transition } from "../vrrp/virtual-router.ts";
import { type Notification, toQueuedItem } from "./notification.ts";

export interface Occasion {
  readonly transition: Transition;
  readonly node: string;
  readonly notify: readonly NotifySpec[];
  readonly addresses: readonly string[];
  readonly group: string | null;
}

type Told = Pick<Notification, "lane" | "delivery">;

/** keepalived's words, which the scripts of its users know. */
const STATES: Readonly<Record<Role, string>> = {
  master: "MASTER",
  backup: "BACKUP",
  fault: "FAULT",
  initialize: "STOP",
};

/** The id is the same whenever the same transition is told again, so that the queue takes it once. */
export function composeNotifications(occasion: Occasion): readonly QueuedItem[] {
  const { speaker, sequence, at } = occasion.transition;
  return occasion.notify.flatMap((target, index) => {
    const id = `${speaker}:${sequence}:${index}`;
    const told = toldTo(target, occasion, id);
    return told === null ? [] : [toQueuedItem(id, { ...told, at })];
  });
}

/** The lane names the receiver, not its place in the list: what waits for one keeps its order when a manifest is edited. */
function toldTo({ mail, exec }: NotifySpec, occasion: Occasion, id: string): Told | null {
  const { router } = occasion.transition;
  if (mail !== undefined) {
    const lane = `${router} mail ${mail.to.join(",")} by ${mail.server}`;
    return { lane, delivery: mailOf(mail, occasion, id) };
  }
  if (exec === undefined) return null;
  return { lane: `${router} exec ${exec.command.join(" ")}`, delivery: execOf(exec, occasion) };
}

function execOf(exec: NonNullable<NotifySpec["exec"]>, { transition }: Occasion): Notification["delivery"] {
  const { router, to, effectivePriority } = transition;
  const words = ["INSTANCE", nameOf(router), STATES[to], String(effectivePriority)];
  return { type: "exec", command: [...exec.command, ...words], timeout: spanOf(exec.timeout) };
}

function mailOf(
  mail: NonNullable<NotifySpec["mail"]>,
  occasion: Occasion,
  id: string,
): Notification["delivery"] {
  const { node, addresses, group, transition } = occasion;
  const { router, from, to, at, effectivePriority, because } = transition;
  const domain = mail.from.split("@")[1] ?? "localhost";
  const change = `${STATES[to]} (${from === "initialize" ? "just started" : `was ${STATES[from]}`})`;
  const text = [
    `${rfc3339(at)}: VRRP transition on ${node}`,
    "",
    `VirtualIP  ${nameOf(router)} (${addresses.join(", ")})`,
    ...(group === null ? [] : [`Group      ${group}`]),
    `State      ${change}`,
    `Priority   ${effectivePriority}`,
    `Why        ${because}`,
    "",
    `On ${node}, "holdfast why vip/${nameOf(router)}" tells more.`,
    "",
  ];
  return {
    type: "mail",
    to: [...mail.to],
    from: mail.from,
    server: mail.server,
    subject: `[holdfast] ${nameOf(router)}: ${node} is ${change}`,
    text: text.join("\n"),
    messageId: `<${id.replaceAll(":", ".")}@${domain}>`,
  };
}

/** `default/web` → `web`: scripts know the name in the manifest. */
const nameOf = (router: string): string => router.slice(router.indexOf("/") + 1);
