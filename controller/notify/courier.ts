/** Delivers one notification: tries again, ever more slowly, until it has arrived or is no news any more. */
import { type Millis, millis } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { Messenger } from "../port/messenger.ts";
import { Gate } from "../probe/gate.ts";
import type { Notification } from "./notification.ts";

const RETRY_MIN = millis(1_000);
const RETRY_MAX = millis(60_000);
/** Each retry is moved by up to this share, so that the nodes do not all call on a server that has just come back. */
const RETRY_SPREAD = 0.2;
/** A mail that is a day late is no news any more. */
const MAIL_AGE_MAX = millis(24 * 3_600_000);
/** A command that fails for so long has a fault of its own; what waits behind it matters more. */
const EXEC_AGE_MAX = millis(3_600_000);
/** Postfix takes 50 connections from one client; a node that loses its link has one transition for each virtual router. */
const MAILS_MAX = 8;
/** Commands share the processors with the proxy. */
const COMMANDS_MAX = 16;

export interface CourierParts {
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1. */
  readonly random: () => number;
}

export type Outcome = "delivered" | "too-old" | "called-off";

export class Courier {
  readonly #parts: CourierParts;
  readonly #mails = new Gate(MAILS_MAX);
  readonly #commands = new Gate(COMMANDS_MAX);

  constructor(parts: CourierParts) {
    this.#parts = parts;
  }

  async deliver(notification: Notification, stopping: AbortSignal): Promise<Outcome> {
    const { clock, log, random } = this.#parts;
    // Its own, since everybody who listens to one signal at once looks like a leak to Node.js from the eleventh on.
    const signal = AbortSignal.any([stopping]);
    const { lane, at, delivery } = notification;
    for (let pause = RETRY_MIN; !signal.aborted; pause = millis(Math.min(pause * 2, RETRY_MAX))) {
      const failure = await this.#attempt(notification, signal);
      if (failure === null) return "delivered";
      if (signal.aborted) break;
      const why = failure.message;
      if (clock.wallTime() - at > ageMax(delivery)) return "too-old";
      const wait = millis(Math.round(pause * (1 + RETRY_SPREAD * (2 * random() - 1))));
      log.warn("a notification could not be delivered and will be tried again", { lane, why, waitMs: wait });
      await clock.sleep(wait, signal);
    }
    return "called-off";
  }

  async #attempt({ delivery }: Notification, signal: AbortSignal): Promise<OperationFailure | null> {
    const { messenger } = this.#parts;
    try {
      switch (delivery.type) {
        case "mail":
          await this.#mails.pass(() => messenger.sendMail(delivery, signal));
          return null;
        case "exec":
          await this.#commands.pass(() => messenger.run(delivery.command, delivery.timeout, signal));
          return null;
        default:
          return unreachable(delivery);
      }
    } catch (error) {
      if (error instanceof OperationFailure) return error;
      throw error;
    }
  }
}

const ageMax = (delivery: Notification["delivery"]): Millis =>
  delivery.type === "mail" ? MAIL_AGE_MAX : EXEC_AGE_MAX;
