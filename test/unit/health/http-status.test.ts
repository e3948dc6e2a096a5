/** What the first bytes of a web server's answer say. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { httpStatusOf } from "../../../controller/health/http-status.ts";

describe("the status of a response", () => {
  const heads: readonly (readonly [string, string, ReturnType<typeof httpStatusOf>])[] = [
    ["with headers", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n<h1>", 200],
    ["of HTTP/1.0", "HTTP/1.0 404 Not Found\r\n\r\n", 404],
    ["without a reason phrase", "HTTP/1.1 503\r\n\r\n", 503],
    ["with an empty reason phrase", "HTTP/1.1 503 \r\n\r\n", 503],
    ["with bare line feeds", "HTTP/1.1 301 Moved\nLocation: /x\n\n", 301],
    ["behind one that announces it", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n", 200],
    ["that changes the protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n", 101],
    ["with no number", "HTTP/1.1 okay\r\n\r\n", "no-http"],
    ["with a number of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "no-http"],
    ["of another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "no-http"],
    ["of another protocol after the announcement", "HTTP/1.1 100 Continue\r\n\r\nSSH-2.0", "no-http"],
    ["whose head has no end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}`, "no-http"],
    ["of which nothing has come", "", "unfinished"],
  ];
  for (const [what, text, status] of heads) {
    it(`${what} is ${status}`, () => {
      assert.equal(httpStatusOf(text), status);
    });
  }

  it("is unfinished until the last byte of the head", () => {
    const head = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nServer: x\r\n\r\n";
    for (let length = 0; length < head.length; length++) {
      assert.equal(httpStatusOf(head.slice(0, length)), "unfinished", `${length} bytes`);
    }
    assert.equal(httpStatusOf(head), 200);
  });
});
