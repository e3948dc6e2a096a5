/** Which addresses are added, removed, left alone and reported. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatIpPrefix, parseIpPrefix } from "../../../controller/net/ip.ts";
import {
  type ObservedAddress,
  type OwnedAddress,
  planAddresses,
} from "../../../controller/plan/addresses.ts";

const on = (name: string, text: string): OwnedAddress => ({
  interface: name,
  prefix: parseIpPrefix(text) ?? assert.fail(text),
});
const ours = (name: string, text: string): ObservedAddress => ({ ...on(name, text), isOurs: true });
const foreign = (name: string, text: string): ObservedAddress => ({ ...on(name, text), isOurs: false });
const VIP = "10.0.0.100/32";

describe("the plan for a node that", () => {
  const cases: {
    what: string;
    desired: OwnedAddress[];
    observed: ObservedAddress[];
    does: string[];
    foreign: string[];
  }[] = [
    {
      what: "holds what it should does nothing",
      desired: [on("a", VIP)],
      observed: [ours("a", VIP), foreign("a", "10.0.0.1/24")],
      does: [],
      foreign: [],
    },
    {
      what: "became master adds",
      desired: [on("a", VIP)],
      observed: [foreign("a", "10.0.0.1/24")],
      does: ["add-address a 10.0.0.100/32"],
      foreign: [],
    },
    {
      what: "lost an address to somebody's hand adds it again",
      desired: [on("a", VIP), on("a", "10.0.0.101/32")],
      observed: [ours("a", VIP)],
      does: ["add-address a 10.0.0.101/32"],
      foreign: [],
    },
    {
      what: "became backup removes",
      desired: [],
      observed: [ours("a", VIP)],
      does: ["remove-address a 10.0.0.100/32"],
      foreign: [],
    },
    {
      what: "has a left-over of an earlier life of ours removes it",
      desired: [],
      observed: [ours("b", "10.9.9.9/24")],
      does: ["remove-address b 10.9.9.9/24"],
      foreign: [],
    },
    {
      what: "moves an address to another interface removes first",
      desired: [on("a", VIP)],
      observed: [ours("b", VIP)],
      does: ["remove-address b 10.0.0.100/32", "add-address a 10.0.0.100/32"],
      foreign: [],
    },
    {
      what: "has the prefix length wrong replaces",
      desired: [on("a", VIP)],
      observed: [ours("a", "10.0.0.100/24")],
      does: ["remove-address a 10.0.0.100/24", "add-address a 10.0.0.100/32"],
      foreign: [],
    },
    {
      what: "holds a copy that is not ours leaves it and says so",
      desired: [on("a", VIP)],
      observed: [foreign("a", VIP)],
      does: [],
      foreign: ["a 10.0.0.100/32 wanted"],
    },
    {
      what: "is backup and has a copy that is not ours leaves it and says so",
      desired: [],
      observed: [foreign("a", VIP)],
      does: [],
      foreign: ["a 10.0.0.100/32 unwanted"],
    },
    {
      what: "has a copy of another prefix length adds its own and says so",
      desired: [on("a", VIP)],
      observed: [foreign("a", "10.0.0.100/24")],
      does: ["add-address a 10.0.0.100/32"],
      foreign: ["a 10.0.0.100/24 unwanted"],
    },
    {
      what: "wants an address twice adds it once",
      desired: [on("a", VIP), on("a", VIP)],
      observed: [],
      does: ["add-address a 10.0.0.100/32"],
      foreign: [],
    },
  ];
  for (const { what, desired, observed, does, foreign: copies } of cases) {
    it(what, () => {
      const plan = planAddresses(desired, observed, [on("a", VIP)]);
      const spell = (address: OwnedAddress): string =>
        `${address.interface} ${formatIpPrefix(address.prefix)}`;
      assert.deepEqual(
        plan.actions.map(({ type, address }) => `${type} ${spell(address)}`),
        does,
      );
      assert.deepEqual(
        plan.foreign.map(({ address, isWanted }) => `${spell(address)} ${isWanted ? "wanted" : "unwanted"}`),
        copies,
      );
    });
  }
});
