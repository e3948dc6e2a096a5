/** The schema of `status`, which the nodes write, the same for each kind. Its type is `ResourceStatus`. */
import * as z from "zod";

const condition = z
  .strictObject({
    type: z.string().min(1).max(316).describe("What the condition is about, e.g. Ready."),
    status: z.enum(["True", "False", "Unknown"]).describe("Whether it is so."),
    reason: z.string().min(1).max(1024).describe("One CamelCase word for programs."),
    message: z.string().max(32_768).describe("A sentence for people: what is so and what to do."),
    observedGeneration: z.int().min(0).describe("The metadata.generation that the condition speaks of."),
    lastTransitionTime: z.string().meta({ format: "date-time" }).describe("When the status last changed."),
  })
  .describe("One aspect of how the resource stands, after the Kubernetes API conventions.");

const nodeStatus = z
  .strictObject({
    node: z.string().min(1).max(253).describe("Name of the node that wrote this entry."),
    state: z.string().min(1).max(63).describe("One word: Master, Backup, Fault, Healthy, Programmed, ..."),
    priority: z.int().min(0).max(255).optional().describe("Effective VRRP priority of a VirtualIP."),
    holder: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe(
        "Who holds the addresses of a VirtualIP, as this node hears it: a node, or an address of one.",
      ),
    since: z.string().meta({ format: "date-time" }).describe("Since when the state is so."),
    why: z.string().max(32_768).describe("Why it is so, in words that an operator can act on."),
  })
  .describe("How the resource stands on one node, written only by that node.");

export const resourceStatus = z
  .strictObject({
    observedGeneration: z.int().min(0).describe("The metadata.generation that the status speaks of."),
    conditions: z
      .array(condition)
      .max(64)
      .readonly()
      .describe("Ready, Reconciling, Stalled, Programmed, Elected, ..."),
    nodes: z.array(nodeStatus).max(1000).readonly().describe("One entry per node."),
  })
  .partial()
  .describe("How the resource stands. Written by the nodes, never by people.");

export const STATUS_LIST_TYPES = {
  "status.conditions": ["type"],
  "status.nodes": ["node"],
} as const;
