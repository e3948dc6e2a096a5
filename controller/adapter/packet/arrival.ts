/** How long ago a packet came in, by the kernel's word: a process that has slept reads it some tenths of a millisecond later. */
import { type Millis, millis } from "../../net/time.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import { SO, SOL_SOCKET } from "../libc/socket-options.ts";

/** The kernel's word is of a clock that may be set at any time, so only small differences are believed. */
const AGE_MAX = millis(5);

/** A kernel before 5.1 refuses, and then nothing is told. */
export function askForTimestamps(libc: Libc, socket: number): void {
  try {
    libc.setOption(socket, SOL_SOCKET, SO.timestamps, 1);
  } catch (error) {
    if (!(error instanceof SystemCallFailure)) throw error;
  }
}

/** `stamp`: `null` where the kernel says nothing. */
export const ageOf = (stamp: number | null, now: number): Millis =>
  stamp === null ? millis(0) : millis(Math.min(Math.max(now - stamp, 0), AGE_MAX));
