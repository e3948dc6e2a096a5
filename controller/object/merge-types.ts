/** How objects of each kind merge, from the schemas of the CustomResourceDefinitions. */
import { objectSchema } from "../resource/crd.ts";
import type { Kind } from "../resource/meta.ts";
import { type MergeType, objectMergeType } from "./merge-type.ts";

/** Made once by whoever needs it: the schemas are large. */
export const mergeTypes = (): { readonly [K in Kind]: MergeType } => ({
  HealthCheck: objectMergeType(objectSchema("HealthCheck")),
  VirtualIP: objectMergeType(objectSchema("VirtualIP")),
  ProxyPool: objectMergeType(objectSchema("ProxyPool")),
});
