/** Advertisements for tests that do not care what is in them. */
import type { Ipv4 } from "../../controller/net/ipv4.ts";
import { millis } from "../../controller/net/time.ts";
import type { Advertisement } from "../../controller/vrrp/packet.ts";

/** Version 3, VRID 51, priority 100, one address, every 100 ms. */
export const anAdvertisement = (different: Partial<Advertisement> = {}): Advertisement => ({
  version: 3,
  virtualRouterID: 51,
  priority: 100,
  adverInterval: millis(100),
  addresses: ["10.0.0.100" as Ipv4],
  password: null,
  ...different,
});
