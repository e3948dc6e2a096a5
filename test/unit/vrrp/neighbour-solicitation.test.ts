/** What asks who has an IPv6 address. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { parseIpv6 } from "../../../controller/net/ipv6.ts";
import { neighbourSolicitation, solicitedNode } from "../../../controller/vrrp/neighbour-solicitation.ts";

const target = parseIpv6("2001:db8::1:2345:6789") ?? assert.fail();

it("a neighbour solicitation names the target and who asks (RFC 4861 4.3)", () => {
  assert.equal(
    Buffer.from(neighbourSolicitation("02:00:00:00:00:07", target)).toString("hex"),
    "870000000000000020010db8000000000000000123456789" + "0101020000000007",
  );
});

it("it goes to the solicited-node group of the target (RFC 4291 2.7.1)", () => {
  assert.equal(solicitedNode(target), "ff02::1:ff45:6789");
});
