/** The one place where a wall time becomes text, against the language's own. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { rfc3339, type WallTime } from "../../../controller/net/time.ts";

it("spells every moment as the language does", () => {
  const moments = fc.date({
    min: new Date(0),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(moments, (moment) => {
      assert.equal(rfc3339(moment.getTime() as WallTime), moment.toISOString());
    }),
  );
});
