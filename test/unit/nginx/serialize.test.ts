import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DOLLAR, serialize, tokenSizedPieces, unwritable } from "../../../controller/nginx/serialize.ts";
import {
  type Argument,
  address,
  block,
  directive,
  expression,
  int,
  literal,
  ms,
  parameter,
  path,
  plain,
  sec,
  unix,
  variable,
  word,
} from "../../../controller/nginx/syntax.ts";
import { tokenize } from "../../support/nginx-tokenizer.ts";

const written = (argument: Argument): string => serialize([directive("x", argument)]).slice(2, -2);

describe("an argument is written", () => {
  const cases: readonly { what: string; argument: Argument; text: string }[] = [
    { what: "bare when nothing in it means anything", argument: plain("text/html"), text: "text/html" },
    { what: "in quotes when it is empty", argument: plain(""), text: '""' },
    { what: "in quotes when it has a blank", argument: plain("a b"), text: '"a b"' },
    { what: "with quotes and backslashes escaped", argument: plain('a"b\\'), text: '"a\\"b\\\\"' },
    { what: "with line ends spelt", argument: plain("a\r\n\tb"), text: '"a\\r\\n\\tb"' },
    { what: "with its $ left where there are no variables", argument: plain("$a"), text: '"$a"' },
    { what: "with its $ replaced where there are", argument: literal("$a"), text: '"${holdfast_dollar}a"' },
    { what: "as text and variables", argument: expression("a ", variable("pid"), "s"), text: '"a ${pid}s"' },
    { what: "as a host and port", argument: address("*", 80), text: "*:80" },
    { what: "as a time in milliseconds", argument: ms(2000), text: "2000ms" },
    { what: "as a parameter", argument: parameter("fail_timeout", sec(3)), text: "fail_timeout=3s" },
    { what: "as a socket", argument: unix("/run/a b"), text: '"unix:/run/a b"' },
  ];
  for (const { what, argument, text } of cases) it(what, () => assert.equal(written(argument), text));
});

/** What has got through other generators of nginx configurations (research/proxy.md, section 4). */
const ATTEMPTS: readonly string[] = [
  '"; return 200 "owned',
  "'; return 200 'owned",
  "a; } } http { server { listen 81; } } #",
  "a\n}\nserver { listen 81; }",
  "a\r\nSet-Cookie: x=1",
  "\\",
  '\\"; return 200 x; #',
  "trailing backslash \\",
  "$5 and $ and ${uri} and $uri$",
  "${holdfast_dollar}",
  "# comment",
  "}",
  "{",
  "~* ^/(.*)$",
  "@named",
  "=/exact",
  "unix:/var/run/docker.sock",
  "/etc/passwd;load_module x.so",
  "é\u2028\u2029\u0085日本語 🦊",
];

describe("a text that tries to break out", () => {
  for (const attempt of ATTEMPTS) {
    it(`stays one argument: ${JSON.stringify(attempt)}`, () => {
      const tokens = tokenize(serialize([block("geo", [DOLLAR], [directive("default", plain(attempt))])]));
      assert.deepEqual(tokens.slice(3, -1), [{ word: "default" }, { word: attempt }, { mark: ";" }]);
    });
    it(`has no variables where variables are replaced: ${JSON.stringify(attempt)}`, () => {
      const [, token] = tokenize(serialize([directive("x", literal(attempt))]));
      assert.ok(token !== undefined && "word" in token);
      assert.equal(
        token.word.replaceAll("${holdfast_dollar}", () => "$"),
        attempt,
      );
      assert.doesNotMatch(token.word.replaceAll("${holdfast_dollar}", ""), /\$/);
    });
  }
});

describe("what cannot be written is refused", () => {
  const cases: readonly { what: string; argument: Argument }[] = [
    { what: "a zero byte", argument: plain("a\0b") },
    { what: "another control character", argument: plain("a\u001bb") },
    { what: "half of a surrogate pair", argument: plain("a\ud800b") },
    { what: "a token longer than nginx's buffer", argument: plain("a".repeat(4001)) },
    { what: "a token longer than that in bytes only", argument: plain("日".repeat(1400)) },
    { what: "a token longer than that with its escapes only", argument: plain('"'.repeat(2100)) },
    { what: "a word that is none", argument: word("a;b") },
    { what: "a word with a line end behind it", argument: word("a\n") },
    { what: "a host that is none", argument: address("unix:/run/x", 80) },
    { what: "a host with a blank", argument: address("a b", 80) },
    { what: "a port that is none", argument: address("a", 65_536) },
    { what: "a fraction", argument: int(0.5) },
    { what: "a negative number", argument: int(-1) },
    { what: "no number", argument: int(Number.NaN) },
    { what: "a relative path", argument: path("run") },
    { what: "a path with a variable", argument: path("/run/$pid") },
    { what: "a path with a line end", argument: path("/run/\n") },
    { what: "a variable that is none", argument: variable("a}b") },
  ];
  for (const { what, argument } of cases) it(what, () => assert.throws(() => written(argument)));

  it("a directive that is none", () => assert.throws(() => serialize([directive("a b")])));
});

describe("a text is judged beforehand", () => {
  it("finds nothing wrong with line ends, tabs and any letters", () => {
    assert.equal(unwritable("a\r\n\té日🦊\u2028"), null);
  });
  it("says which control character stands in it", () => {
    assert.equal(unwritable("a\u0007"), "holds the control character U+0007");
  });
});

describe("a long text", () => {
  it("is cut into pieces that each fit into a token", () => {
    const text = 'é"\\\n🦊'.repeat(2000);
    const pieces = tokenSizedPieces(text);
    assert.equal(pieces.join(""), text);
    assert.ok(pieces.length > 1);
    for (const piece of pieces) written(plain(piece));
  });
  it("that is empty has no pieces", () => assert.deepEqual(tokenSizedPieces(""), []));
});
