/**
 * A client's view of an address: pings every two milliseconds, and the longest time without an answer. As long as nobody answers, ping
 * (iputils) sends only every ten milliseconds, whatever it was asked for: an outage is told to the ten milliseconds.
 */
import { once } from "node:events";
import type { LabNode } from "../support/speaker-lab.ts";

const INTERVAL_SECONDS = "0.002";

export interface Pinging {
  /** Resolves with the longest time between two answers, in ms. */
  stop(): Promise<number>;
}

/** Resolves when the first answer is there. */
export async function ping(client: LabNode, address: string): Promise<Pinging> {
  const child = client.spawn(["ping", "-D", "-n", "-i", INTERVAL_SECONDS, address]);
  const { stdout } = child;
  if (stdout === null) throw new Error("ping was started without a pipe");
  let output = "";
  const isAnswered = new Promise<void>((resolve) => {
    stdout.on("data", (part: Buffer) => {
      output += part.toString();
      if (output.includes("icmp_seq")) resolve();
    });
  });
  await isAnswered;
  return {
    stop: async () => {
      const closed = once(stdout, "close");
      child.kill("SIGINT");
      await closed;
      const moments = [...output.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from/gm)].map(
        ([, at]) => Number(at) * 1000,
      );
      return moments
        .slice(1)
        .reduce((longest, at, index) => Math.max(longest, at - (moments[index] ?? at)), 0);
    },
  };
}
