/**
 * VirtualIPs of one group have one decision, so they must agree in all that goes into it. What each tracks is joined, and may
 * only not contradict itself. Of two that disagree the later is wrong.
 */

import type { FieldPath } from "../resource/complaint.ts";
import { parseDuration } from "../resource/duration.ts";
import { formatKey } from "../resource/meta.ts";
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { type LocatedOf, nameAndPlace, ofKind, rejectAt } from "./cross-check-places.ts";

type VirtualIP = LocatedOf<"VirtualIP">;

export function checkGroups(manifests: readonly Located[]): Rejection[] {
  const groups = new Map<string, VirtualIP[]>();
  for (const vip of ofKind(manifests, "VirtualIP")) {
    const { metadata, spec } = vip.manifest;
    if (spec.group === undefined) continue;
    const name = formatKey({ kind: "VirtualIP", namespace: metadata.namespace, name: spec.group });
    groups.set(name, [...(groups.get(name) ?? []), vip]);
  }
  return [...groups.values()].flatMap(disagreements);
}

function disagreements([first, ...others]: readonly VirtualIP[]): Rejection[] {
  if (first === undefined) return [];
  return [
    ...others.flatMap((vip) => [...termDisagreements(vip, first), ...memberDisagreements(vip, first)]),
    ...weightDisagreements([first, ...others]),
  ];
}

/** Of `spec.vrrp`: what belongs to the line on the wire and not to the decision. All else must agree, also what is to come. */
const OF_THE_LINE: ReadonlySet<string> = new Set([
  "virtualRouterID",
  "multicastGroup",
  "unicast",
  "ttl",
  "peerProfile",
  "authentication",
  "virtualMAC",
  "acceptMode",
  "deadMan",
]);

function termDisagreements(vip: VirtualIP, first: VirtualIP): Rejection[] {
  const ours = vip.manifest.spec;
  const theirs = first.manifest.spec;
  const terms: readonly (readonly [FieldPath, unknown, unknown])[] = [
    [["spec", "placement"], ours.placement, theirs.placement],
    ...Object.entries(ours.vrrp)
      .filter(([field]) => !OF_THE_LINE.has(field))
      .map(
        ([field, our]) =>
          [["spec", "vrrp", field], our, new Map(Object.entries(theirs.vrrp)).get(field)] as const,
      ),
  ];
  return terms.flatMap(([path, our, their]) =>
    isSame(our, their)
      ? []
      : [disagreement(vip, path, `found ${String(our)}, but ${place(first, path)} says ${String(their)}`)],
  );
}

/** `1s` and `1000ms` are the same. */
function isSame(a: unknown, b: unknown): boolean {
  const span = (value: unknown): unknown =>
    typeof value === "string" ? (parseDuration(value) ?? value) : value;
  return span(a) === span(b);
}

function memberDisagreements(vip: VirtualIP, first: VirtualIP): Rejection[] {
  const list = ["spec", "members"];
  const theirs = new Map(first.manifest.spec.members.map((member) => [member.node, member]));
  const ours = vip.manifest.spec.members;
  const missing = [...theirs.keys()].filter((node) => !ours.some((member) => member.node === node));
  return [
    ...ours.flatMap(({ node, priority }, index) => {
      const their = theirs.get(node);
      if (their === undefined)
        return [disagreement(vip, [...list, index, "node"], `${node} is no member of ${place(first, list)}`)];
      if (their.priority === priority) return [];
      const said = `${node} has priority ${priority} here and ${their.priority} in ${place(first, list)}`;
      return [disagreement(vip, [...list, index, "priority"], said)];
    }),
    ...missing.map((node) =>
      disagreement(vip, list, `${node} is missing, which is a member of ${place(first, list)}`),
    ),
  ];
}

/** The tracks of all are joined: one that several name must have one weight. */
function weightDisagreements(group: readonly VirtualIP[]): Rejection[] {
  const said = new Map<
    string,
    { readonly vip: VirtualIP; readonly path: FieldPath; readonly weight: number | null }
  >();
  return group.flatMap((vip) =>
    vip.manifest.spec.track.flatMap(({ weight = null, ...tracked }, index) => {
      const path = ["spec", "track", index];
      const thing = JSON.stringify(tracked);
      const earlier = said.get(thing);
      if (earlier === undefined) said.set(thing, { vip, path, weight });
      if (earlier === undefined || earlier.weight === weight) return [];
      const name = Object.values(tracked).find((value) => value !== undefined) ?? "";
      const message = `${name} has ${inWords(weight)} here and ${inWords(earlier.weight)} in ${place(earlier.vip, earlier.path)}`;
      return [disagreement(vip, path, message)];
    }),
  );
}

const inWords = (weight: number | null): string => (weight === null ? "no weight" : `weight ${weight}`);

const place = (vip: VirtualIP, path: FieldPath): string => nameAndPlace(vip, path);

const disagreement = (vip: VirtualIP, path: FieldPath, said: string): Rejection =>
  rejectAt(vip, path, `must agree within the group ${JSON.stringify(vip.manifest.spec.group)}: ${said}`);
