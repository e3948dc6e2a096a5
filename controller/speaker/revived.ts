/** Whether a fate's predecessor in a process that was killed was master and still has everything: what the kernel and the slate show. */
import { formatIpPrefix } from "../net/ip.ts";
import type { Instant } from "../net/time.ts";
import { keyOf, owned } from "./address-lists.ts";
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
  const isWhole = (line: Line): boolean =>
    owned(line, line.router.addresses).every((address) => remains.has(keyOf(address)));
  if (!lines.every(isWhole)) return null;
  for (const line of lines) line.addresses.recognise(line.router.addresses.map(formatIpPrefix));
  return found;
}
