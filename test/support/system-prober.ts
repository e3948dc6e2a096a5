/** The prober of an agent, as the program puts it together. */
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { LinuxNetwork } from "../../controller/adapter/packet/network.ts";
import { SystemProber } from "../../controller/adapter/probe/system-prober.ts";

export function systemProber(): SystemProber {
  const libc = openLibc();
  return new SystemProber(libc, new LinuxNetwork(libc));
}
