/**
 * Whether anybody on a link of this node answers for an address: ARP for IPv4, neighbour discovery for IPv6. A gateway must,
 * or it could not be one, while many drop ICMP echo or answer it only now and then. The sockets live as long as the question.
 */
import type { Probe, ProbeAnswer } from "../../health/probe.ts";
import type { IpAddress } from "../../net/ip.ts";
import type { Millis } from "../../net/time.ts";
import { OperationFailure } from "../../port/failure.ts";
import { formatDuration } from "../../resource/duration.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import { interfacesTo, type LocalInterface } from "./interfaces.ts";
import { type Ears, type Question, questionFor } from "./neighbour-questions.ts";

export async function probeNeighbour(
  libc: Libc,
  ears: Ears,
  { address }: Extract<Probe, { type: "neighbour" }>,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const interfaces = interfacesTo(libc, address);
  if (interfaces === "here")
    return { healthy: false, because: `${address} is an address of this node itself` };
  if (interfaces.length === 0)
    return { healthy: false, because: `no interface that is up is in the network of ${address}` };
  try {
    return await ask(questionFor(libc, ears, address), interfaces, timeout, signal);
  } catch (error) {
    if (!(error instanceof SystemCallFailure || error instanceof OperationFailure)) throw error;
    return unaskable(address, error.message);
  }
}

const unaskable = (address: IpAddress, because: string): ProbeAnswer => ({
  healthy: false,
  because: `cannot ask for ${address}: ${because}`,
});

/** Rejects with SystemCallFailure or OperationFailure. */
function ask(
  question: Question,
  interfaces: readonly LocalInterface[],
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const { address, words } = question;
  return new Promise((resolve, reject) => {
    const hearing: Disposable[] = [];
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      for (const each of hearing) each[Symbol.dispose]();
      settle();
    };
    const answer = (healthy: boolean, because: string): void => end(() => resolve({ healthy, because }));
    const abort = (): void => answer(false, "called off");
    const silence = `nobody answers ${words} within ${formatDuration(timeout)}`;
    const timer = setTimeout(() => answer(false, silence), timeout);
    signal.addEventListener("abort", abort, { once: true });
    try {
      for (const each of interfaces) {
        const heard = (bytes: Uint8Array): void => {
          if (question.isAnswer(bytes, each)) answer(true, `${address} answers on ${each.name}`);
        };
        const broken = (reason: string): void => end(() => resolve(unaskable(address, reason)));
        hearing.push(question.hear(each, { heard, broken }));
      }
      for (const each of interfaces) question.send(each);
    } catch (error) {
      end(() => reject(error));
    }
  });
}
