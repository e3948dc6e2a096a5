/** Whether a fate's predecessor in a process that was killed was master and still has everything: what the kernel and the slate show. */
import { formatIpPrefix } from "../net/ip.ts";
import type { Instant } from "../net/time.ts";
import type { Line } from "./line.ts";

/**
 * When it advertised last; the lines then know what they hold. `null`: it was no master, or an address is not there. `remains`:
 * what carries our mark, `INTERFACE ADDRESS/LENGTH` each.
 */
export function spokeAt(
  found: Instant | null,
  lines: readonly Line[],
  remains: ReadonlySet<string>,
): Instant | null {
  if (found === null) return null;
  const held = lines.map(({ router }) => router.addresses.map(formatIpPrefix));
  const isThere = (line: Line, prefix: string): boolean => remains.has(`${line.router.interface} ${prefix}`);
  const isWhole = lines.every((line, i) => held[i]?.every((prefix) => isThere(line, prefix)) === true);
  if (!isWhole) return null;
  for (const [i, line] of lines.entries()) line.recognise(held[i] ?? []);
  return found;
}
