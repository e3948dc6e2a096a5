/**
 * Text to YAML documents, within limits. Whatever the text is, the answer is documents and what is wrong with them: the
 * `yaml` package recurses for each level of nesting, and exhausts the stack (measured: 200 000 times `- ` kills the process),
 * so depth is watched while the text is read, which needs no recursion.
 */
import { Composer, type CST, type Document, Lexer, LineCounter, type ParsedNode, Parser } from "yaml";

/** Longer than any manifest seen by a factor of ten; beyond it someone has named the wrong file. */
export const MANIFEST_BYTES_MAX = 1_000_000;
export const DOCUMENTS_MAX = 1000;
/** In the reader's own levels, up to two for each level of nesting. The deepest field of any kind needs 12. */
const LEVELS_MAX = 64;

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** `position` is null when the whole text is meant. */
export interface TextProblem {
  readonly position: Position | null;
  readonly message: string;
}

export interface YamlText {
  readonly documents: readonly Document.Parsed<ParsedNode>[];
  readonly positionAt: (offset: number) => Position;
  /** What keeps the text from being read at all; there are no documents then. */
  readonly problem: TextProblem | null;
}

export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const unreadable = (problem: TextProblem): YamlText => ({ documents: [], positionAt, problem });
  if (bytesOf(text) > MANIFEST_BYTES_MAX)
    return unreadable({ position: null, message: `is larger than ${MANIFEST_BYTES_MAX} bytes` });
  noteLines(text, lines);

  const foreign = FOREIGN_CHARACTER.exec(text);
  if (foreign !== null) {
    const message = `holds the character ${codePoint(foreign[0])}, which must be written as an escape in double quotes`;
    return unreadable({ position: positionAt(foreign.index), message });
  }
  const tokens: CST.Token[] = [];
  const deep = parseTokens(text, tokens);
  if (deep !== null) return unreadable({ position: positionAt(deep), message: "is nested too deeply" });
  const documents = compose(tokens);
  const last = documents.at(DOCUMENTS_MAX);
  if (last !== undefined) {
    const position = positionAt(last.range[0]);
    return unreadable({ position, message: `holds more than ${DOCUMENTS_MAX} documents` });
  }
  return { documents, positionAt, problem: null };
}

/** Control characters, which YAML forbids, and line breaks of YAML 1.1 that are none in 1.2. */
const FOREIGN_CHARACTER = /[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

function bytesOf(text: string): number {
  return text.length > MANIFEST_BYTES_MAX ? text.length : new TextEncoder().encode(text).length;
}

/** Here rather than by the parser, so that positions are known also when it is stopped. */
function noteLines(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
}

/** Returns where the nesting gets too deep, or null. */
function parseTokens(text: string, tokens: CST.Token[]): number | null {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > LEVELS_MAX) return Math.min(parser.offset, text.length);
  }
  for (const token of parser.end()) tokens.push(token);
  return null;
}

/** Duplicate keys are found elsewhere: the package compares each key with each other one, which takes minutes for 1 MB. */
function compose(tokens: readonly CST.Token[]): Document.Parsed<ParsedNode>[] {
  const documents: Document.Parsed<ParsedNode>[] = [];
  const composer = new Composer({ version: "1.2", strict: true, uniqueKeys: false, prettyErrors: false });
  for (const document of composer.compose(tokens)) {
    documents.push(document);
    if (documents.length > DOCUMENTS_MAX) break;
  }
  return documents;
}
