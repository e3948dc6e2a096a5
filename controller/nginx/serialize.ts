/**
 * The one way from typed values to nginx's text, and nobody escapes from it: after nginx's tokenizer
 * (`ngx_conf_read_token`) has read a token back, it holds exactly the text that went in.
 *
 * What cannot be written is an assertion: values from outside are judged beforehand, with `unwritable`.
 */
import { unreachable } from "../net/unreachable.ts";
import type { Argument, Directive, Variable } from "./syntax.ts";

/**
 * nginx reads tokens into a buffer of 4096 bytes (NGX_CONF_BUFFER), quotes and backslashes included, and fails on a longer
 * one. The rest is room for the separators that it keeps in the same buffer.
 */
export const TOKEN_BYTES_MAX = 4000;

/**
 * nginx has no way to write a `$` where it replaces variables, but a variable may hold one. It must come from `geo`,
 * whose values are not searched for variables, unlike those of `map`.
 */
export const DOLLAR: Variable = { kind: "variable", name: "holdfast_dollar" };

export function serialize(directives: readonly Directive[]): string {
  return directives.map((each) => serializeDirective(each, "")).join("");
}

/** The same on one line, as the command line takes it (`nginx -g`). */
export function serializeInline(directives: readonly Directive[]): string {
  return directives.map((each) => serializeDirective(each, "").trimEnd()).join(" ");
}

/** Why the text cannot be a value in nginx's configuration, or null when it can. */
export function unwritable(text: string): string | null {
  // Line ends and tabs can be spelt; other control characters have no place in what a client is to read.
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u.exec(text);
  if (control !== null) return `holds the control character U+${codePointOf(control[0])}`;
  return /\p{Surrogate}/u.test(text) ? "holds half of a surrogate pair" : null;
}

/** The text as pieces each of which fits into one token, whatever needs quoting in it. */
export function tokenSizedPieces(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  let end = 0;
  let bytes = 0;
  while (end < text.length) {
    const codePoint = text.codePointAt(end) ?? 0;
    const needed = writtenBytes(codePoint);
    if (bytes + needed > TOKEN_BYTES_MAX - QUOTES_BYTES) {
      pieces.push(text.slice(start, end));
      start = end;
      bytes = 0;
    }
    end += codePoint > 0xffff ? 2 : 1;
    bytes += needed;
  }
  return start === end ? pieces : [...pieces, text.slice(start)];
}

const QUOTES_BYTES = 2;
const INDENT = "  ";
const codePointOf = (character: string): string =>
  character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");

function serializeDirective({ name, args, block }: Directive, indent: string): string {
  const words = [serializeName(name), ...args.map(serializeArgument)].join(" ");
  if (block === undefined) return `${indent}${words};\n`;
  const inner = block.map((each) => serializeDirective(each, indent + INDENT)).join("");
  return `${indent}${words} {\n${inner}${indent}}\n`;
}

function serializeName(name: string): string {
  if (name === "") return '""';
  return matching(name, /^[a-z][a-z0-9_]*$/, "directive");
}

function serializeArgument(argument: Argument): string {
  switch (argument.kind) {
    case "word":
      return matching(argument.value, /^[A-Za-z0-9_@/=^~][A-Za-z0-9_.@/=-]*$/, "word");
    case "literal":
      return token(withoutVariables(argument.value));
    case "plain":
      return token(argument.value);
    case "expression":
      return token(argument.parts.map(serializePart).join(""));
    case "variable":
      return `$${variableName(argument)}`;
    case "int":
      return String(whole(argument.value));
    case "ms":
      return `${whole(argument.value)}ms`;
    case "sec":
      return `${whole(argument.value)}s`;
    case "size":
      return `${whole(argument.kibibytes)}k`;
    case "parameter":
      return `${matching(argument.name, /^[a-z_]+$/, "parameter")}=${serializeArgument(argument.value)}`;
    case "address":
      return `${matching(argument.host, LISTENER_HOST, "host")}:${port(argument.port)}`;
    case "path":
      return token(absolutePath(argument.path));
    case "unix":
      return token(`unix:${absolutePath(argument.path)}`);
    default:
      return unreachable(argument);
  }
}

/** An address or a name. Nothing that nginx reads otherwise, such as `unix:`, and no leading dash or dot. */
export const HOST = /^(\*|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$/;
/** The same, or an IPv6 address in its brackets. */
const LISTENER_HOST = /^(\*|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-f:.]{2,45}\])$/;

const serializePart = (part: string | Variable): string =>
  typeof part === "string" ? withoutVariables(part) : `\${${variableName(part)}}`;

/** In braces, so that what follows cannot prolong the name. */
const withoutVariables = (text: string): string => text.replaceAll("$", () => `\${${DOLLAR.name}}`);

const variableName = ({ name }: Variable): string => matching(name, /^[a-z][a-z0-9_]*$/, "variable");

/** A `$` in a path would be a variable for some directives and none for others. */
function absolutePath(path: string): string {
  return matching(path, /^\/[^$\u0000-\u001f\u007f]*$/u, "path");
}

/** One token. Bare only where no character can mean anything to the tokenizer, in quotes otherwise. */
function token(text: string): string {
  const problem = unwritable(text);
  if (problem !== null) throw new Error(`nginx cannot be given a text that ${problem}`);
  const written = /^[A-Za-z0-9_./:=,@%+*-]+$/.test(text) ? text : `"${quoted(text)}"`;
  if (isTooLong(written)) throw new Error("a token is longer than nginx's buffer");
  return written;
}

/** nginx undoes exactly these six; before any other character it keeps the backslash. */
const quoted = (text: string): string => text.replaceAll(/[\\"\t\r\n]/g, (found) => ESCAPES[found] ?? found);

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\t": "\\t",
  "\r": "\\r",
  "\n": "\\n",
};

/** Each of nginx's escapes is a backslash and one letter. */
const writtenBytes = (codePoint: number): number =>
  ESCAPED_CODE_POINTS.has(codePoint) ? 2 : utf8LengthOf(codePoint);

const ESCAPED_CODE_POINTS = new Set(Object.keys(ESCAPES).map((character) => character.charCodeAt(0)));

function isTooLong(text: string): boolean {
  if (text.length * UTF8_BYTES_PER_UNIT_MAX <= TOKEN_BYTES_MAX) return false;
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const codePoint = text.codePointAt(at) ?? 0;
    if (codePoint > 0xffff) at++;
    bytes += utf8LengthOf(codePoint);
  }
  return bytes > TOKEN_BYTES_MAX;
}

/** Of a UTF-16 unit: two of them make four bytes at most. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

function utf8LengthOf(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}

function matching(text: string, pattern: RegExp, what: string): string {
  if (!pattern.test(text)) throw new Error(`not a ${what} for nginx: ${JSON.stringify(text)}`);
  return text;
}

function whole(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`not a whole number for nginx: ${value}`);
  return value;
}

function port(value: number): number {
  if (whole(value) < 1 || value > 65_535) throw new Error(`not a port: ${value}`);
  return value;
}
