/** The whole of a manifest: what stands around the spec, the same for each kind. */
import * as z from "zod";
import { dnsLabel } from "./fields.ts";
import { healthCheckSpec } from "./health-check.ts";
import { API_VERSION, DEFAULT_NAMESPACE, KINDS, type Kind } from "./meta.ts";
import { proxyPoolSpec } from "./proxy-pool.ts";
import { virtualIPSpec } from "./virtual-ip.ts";

/** As the Kubernetes API bounds them, so that no manifest is taken here and refused there. */
const LABELS_MAX = 64;
/** kubectl keeps all that it applied in one annotation. */
const ANNOTATION_CHARACTERS_MAX = 262_144;
const NAME_PART = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
const labelKey = z
  .string()
  .max(317)
  .regex(
    new RegExp(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?${NAME_PART}$`),
    "must be NAME or DOMAIN/NAME: up to 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit",
  );
const labelValue = z
  .string()
  .regex(
    new RegExp(`^(${NAME_PART})?$`),
    "must be up to 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit",
  );

/** A record would do, but for the number of its entries. */
const bounded = <Value extends z.ZodType<string, string>>(value: Value) =>
  z.record(labelKey, value).refine((entries) => Object.keys(entries).length <= LABELS_MAX, {
    error: `must have at most ${LABELS_MAX} entries`,
  });

export const manifestMetadata = z
  .strictObject({
    name: dnsLabel.describe("Name of the resource, unique among those of its kind in the namespace."),
    namespace: dnsLabel.default(DEFAULT_NAMESPACE).describe("An agent serves one namespace."),
    labels: bounded(labelValue).optional().describe("For selecting resources."),
    annotations: bounded(z.string().max(ANNOTATION_CHARACTERS_MAX))
      .optional()
      .describe("Notes of people and programs."),
  })
  .describe("What identifies the resource.");

const manifest = <K extends Kind, Spec extends z.ZodType>(kind: K, spec: Spec) =>
  z.strictObject({
    apiVersion: z.literal(API_VERSION).describe("Group and version of the kind."),
    kind: z.literal(kind).describe("Kind of the resource."),
    metadata: manifestMetadata,
    spec,
  });

export const MANIFEST_SCHEMAS = {
  HealthCheck: manifest("HealthCheck", healthCheckSpec),
  VirtualIP: manifest("VirtualIP", virtualIPSpec),
  ProxyPool: manifest("ProxyPool", proxyPoolSpec),
} as const;

/** What can be said of a manifest whose kind is not known. */
export const MANIFEST_ENVELOPE = z.looseObject({
  apiVersion: z.literal(API_VERSION).describe("Group and version of the kind."),
  kind: z.enum(KINDS).describe("Kind of the resource."),
  metadata: manifestMetadata,
});
