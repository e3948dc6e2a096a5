import assert from "node:assert/strict";
import { it } from "node:test";
import { surelyKeepsMark } from "../../../controller/adapter/netlink/kernel-release.ts";

it("the mark of an address is kept since Linux 5.18; what is older, or unknown, is looked at", () => {
  for (const release of ["5.18.0", "5.18", "6.1.0-25-amd64", "6.18.44-fc-v782", "10.0.0"])
    assert.ok(surelyKeepsMark(release), release);
  for (const release of ["5.17.99", "5.14.0-427.el9.x86_64", "4.19.0", "", "unknown"])
    assert.ok(!surelyKeepsMark(release), release);
});
