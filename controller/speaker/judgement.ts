/** Judges what is heard. The same words, when the same is expected, are judged as the last time: most packets are repetitions. */
import type { HeardMessage } from "../vrrp/packet.ts";
import { type Expectation, type Reception, receive } from "../vrrp/reception.ts";

export class Judgement {
  #last: {
    readonly expected: Expectation;
    readonly message: HeardMessage;
    readonly reception: Reception;
  } | null = null;

  of(expected: Expectation, message: HeardMessage): Reception {
    const last = this.#last;
    if (last !== null && last.message === message && last.expected === expected) return last.reception;
    const reception = receive(expected, message);
    this.#last = { expected, message, reception };
    return reception;
  }
}
