import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { renderProxy } from "../../controller/nginx/render.ts";
import { serialize, unwritable } from "../../controller/nginx/serialize.ts";
import { directive, literal, plain } from "../../controller/nginx/syntax.ts";
import { deadline } from "../support/deadline.ts";
import { judge, scratch } from "../support/nginx-judgement.ts";
import { aModel, aPage, aPool } from "../support/nginx-models.ts";
import { tokenize } from "../support/nginx-tokenizer.ts";
import { enterOwnNetworkNamespace } from "../support/own-network-namespace.ts";

/** Dense in what means something to nginx, with letters of every length in UTF-8. */
const SPECIAL = [..."\"'\\$;{}#~@=?&<>()[]|^*+.:/ \t\r\n", "${", "\\n", "é", "日", "🦊", "a", "0", "\u2028"];
const text = fc
  .oneof(
    fc.array(fc.constantFrom(...SPECIAL), { maxLength: 40 }).map((parts) => parts.join("")),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 40 }),
  )
  .filter((candidate) => unwritable(candidate) === null);

it("what is read back is what was written", () =>
  fc.assert(
    fc.property(text, text, (one, other) => {
      const tokens = tokenize(serialize([directive("x", plain(one), plain(other))]));
      assert.deepEqual(tokens, [{ word: "x" }, { word: one }, { word: other }, { mark: ";" }]);
    }),
    { numRuns: 2000 },
  ));

it("no character of a literal is a variable", () =>
  fc.assert(
    fc.property(text, (value) => {
      const [, token] = tokenize(serialize([directive("x", literal(value))]));
      assert.ok(token !== undefined && "word" in token);
      assert.equal(
        token.word.replaceAll("${holdfast_dollar}", () => "$"),
        value,
      );
    }),
    { numRuns: 2000 },
  ));

it("any text is written or refused, and nothing else happens", () =>
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (value) => {
      if (unwritable(value) === null) tokenize(serialize([directive("x", plain(value))]));
      else assert.throws(() => serialize([directive("x", plain(value))]));
    }),
  ));

describe("the real nginx", () => {
  before(enterOwnNetworkNamespace);

  it("sends 200 random pages exactly as they were written", async () => {
    using place = scratch();
    const bodies = fc.sample(text, { numRuns: 200, seed: SEED });
    const pools = bodies.map((body, index) =>
      aPool({ name: `default/p${index}`, ports: [20_000 + index], backends: [], sorryPage: aPage(body) }),
    );
    const { text: configuration, problems } = renderProxy(aModel(pools, place.directory), "0123456789ab");
    assert.deepEqual(problems, []);
    assert.equal(judge(configuration, place.directory), "");

    const globals = `daemon off; master_process off; pid ${place.directory}/pid; error_log stderr;`;
    const nginx = spawn("nginx", ["-c", `${place.directory}/nginx.conf`, "-g", globals], { stdio: "ignore" });
    try {
      await deadline("nginx listens", () => execFileSync("ss", ["-Hltn"]).includes(":20000 "));
      for (const [index, body] of bodies.entries()) {
        assert.equal(await fetchPage(20_000 + index), body, `seed ${SEED}, page ${index}`);
      }
    } finally {
      nginx.kill("SIGTERM");
      await once(nginx, "exit");
    }
  });
});

const SEED = Number(process.env["FC_SEED"] ?? 20_261_124);

async function fetchPage(port: number): Promise<string> {
  const asked = request({ host: "127.0.0.1", port, path: "/", agent: false });
  asked.end();
  const [response] = await once(asked, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
