/** What the demo says of the client's answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clientEntries, plainText } from "../../../controller/lab/demo-client.ts";
import { type Answer, answersSince } from "../../../controller/lab/prober.ts";

const TARGET = "172.16.253.150:80";
const page = (at: number, server = 1): Answer => answer(at, 200, `<h1> Web RS${server} </h1>`);
const nothing = (at: number): Answer => answer(at, 0, "");

function answer(at: number, status: number, body: string): Answer {
  return { asked: at, answered: at, target: TARGET, status, body };
}

const said = (answers: readonly Answer[]): readonly (readonly [number, string])[] =>
  clientEntries(answers, "").map(({ at, text }) => [at, text]);

describe("the client's story", () => {
  it("is silent while all is well, whichever server answers", () => {
    assert.deepEqual(said([page(0, 1), page(10, 2), page(20, 1)]), []);
  });

  it("tells a short gap when it is over", () => {
    assert.deepEqual(said([page(0), nothing(10), nothing(20), page(35)]), [
      [35, "was without a page for 35 ms"],
    ]);
  });

  it("tells a long gap when it begins and when it ends", () => {
    const silent = [100, 200, 300, 400].map(nothing);
    assert.deepEqual(said([page(0), ...silent, page(2900, 2)]), [
      [0, "gets no page any more"],
      [2900, `gets the web servers' pages again ("Web RS2"), after 2,900 ms`],
    ]);
  });

  it("tells a gap that is not over", () => {
    assert.deepEqual(said([page(0), nothing(400)]), [[0, "gets no page any more"]]);
  });

  it("tells the sorry page, an error for its readers though it is", () => {
    const sorry = answer(10, 503, "<h1> sorry from keepalive-a </h1>");
    assert.deepEqual(said([page(0), sorry, { ...sorry, answered: 20 }]), [
      [10, `gets the sorry page: "sorry from keepalive-a"`],
    ]);
  });

  it("tells what has changed since a moment, also where no page came between the two", () => {
    const sorry = answer(400, 503, "<h1> sorry from keepalive-a </h1>");
    const answers = [page(0), page(90), nothing(110), sorry];
    assert.deepEqual(said(answersSince(answers, 100)), [
      [400, `gets the sorry page: "sorry from keepalive-a"`],
    ]);
    assert.deepEqual(answersSince(answers, 0), answers);
    assert.deepEqual(said(answersSince(answers, 500)), []);
  });

  it("tells another server's page, which is no page of ours", () => {
    assert.deepEqual(said([page(0), answer(10, 200, "<h1> It works! </h1>")]), [
      [10, `gets the page of another server: "It works!"`],
    ]);
  });

  it("takes an error page for no page", () => {
    assert.deepEqual(said([page(0), answer(10, 502, "Bad Gateway"), page(20)]), [
      [20, "was without a page for 20 ms"],
    ]);
  });

  it("begins with the first page: what was before, nobody knows", () => {
    assert.deepEqual(said([nothing(0), nothing(400), page(500)]), []);
  });
});

it("a page is told without its markup", () => {
  assert.equal(plainText("<h1> Web RS1 </h1>\n"), "Web RS1");
});
