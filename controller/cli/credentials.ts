/** What the commands share that make credentials: offline, from the agent's state directory. */
import { existsSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import type { WallTime } from "../net/time.ts";
import { ROLES, wrongWithUserName } from "../object/identity.ts";
import type { Credentials } from "../wiring/api-access.ts";
import { answering, Refused } from "./answering.ts";
import { refusable } from "./refusable.ts";

const DAY_MS = 86_400_000;
const DAYS_MAX = 3650;

export const stateDirOption = (): Option =>
  new Option("--state-dir <dir>", "the agent's").default("/var/lib/holdfast");

export const roleOption = (): Option => new Option("--role <role>", "what it is good for").choices(ROLES);

export const daysOption = (): Option =>
  new Option("--days <number>", "how long it is good for").argParser(parseDays);

function parseDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= DAYS_MAX) return days;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${DAYS_MAX}.`);
}

export function parseUserName(text: string): string {
  const wrong = wrongWithUserName(text);
  if (wrong !== null) throw new InvalidArgumentError(`The name ${wrong}.`);
  return text;
}

export interface Workshop extends Credentials {
  readonly now: WallTime;
}

export async function withCredentials(
  command: string,
  stateDir: string,
  task: (workshop: Workshop) => Promise<void>,
): Promise<void> {
  const work = async (): Promise<void> => {
    // Not made: where no agent looks, credentials that open nothing would come out.
    if (!existsSync(stateDir))
      throw new Refused(`no agent keeps its state in ${stateDir}; is --state-dir right?`);
    // Only now: no other command needs the adapters.
    const { openWorkshop } = await import("../wiring/api-access.ts");
    const { credentials, clock } = await openWorkshop(stateDir);
    await task({ ...credentials, now: clock.wallTime() });
  };
  await answering(() => refusable(work), { as: `holdfast ${command}` });
}

export const inDays = (now: WallTime, days: number): WallTime => (now + days * DAY_MS) as WallTime;
