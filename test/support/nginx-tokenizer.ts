/**
 * nginx's tokenizer (`ngx_conf_read_token`) once more, from its source and independent of the serializer: what it reads is
 * what nginx reads. Bytes do not matter to it, so it works on characters.
 */

export type Token = { readonly word: string } | { readonly mark: ";" | "{" | "}" };

interface Cursor {
  readonly text: string;
  at: number;
}

export function tokenize(text: string): Token[] {
  const cursor: Cursor = { text, at: 0 };
  const tokens: Token[] = [];
  while (cursor.at < text.length) {
    const character = text[cursor.at] ?? "";
    if (isSeparator(character)) cursor.at++;
    else if (character === ";" || character === "{" || character === "}") {
      tokens.push({ mark: character });
      cursor.at++;
    } else if (character === "#") skipComment(cursor);
    else tokens.push({ word: character === '"' || character === "'" ? quoted(cursor) : bare(cursor) });
  }
  return tokens;
}

const isSeparator = (character: string): boolean => /[ \t\r\n]/.test(character);

function skipComment(cursor: Cursor): void {
  const end = cursor.text.indexOf("\n", cursor.at);
  cursor.at = end < 0 ? cursor.text.length : end;
}

function quoted(cursor: Cursor): string {
  const quote = cursor.text[cursor.at];
  const start = ++cursor.at;
  while (cursor.text[cursor.at] !== quote) {
    if (cursor.at >= cursor.text.length) throw new Error("unexpected end of file, a quote is open");
    cursor.at += cursor.text[cursor.at] === "\\" ? 2 : 1;
  }
  const raw = cursor.text.slice(start, cursor.at++);
  if (!/[ \t\r\n;{)]/.test(cursor.text[cursor.at] ?? ""))
    throw new Error("unexpected character after a quote");
  return unescaped(raw);
}

function bare(cursor: Cursor): string {
  const start = cursor.at;
  while (!endsBareWord(cursor)) {
    if (cursor.at >= cursor.text.length) throw new Error("unexpected end of file");
    cursor.at += cursor.text[cursor.at] === "\\" ? 2 : 1;
  }
  return unescaped(cursor.text.slice(start, cursor.at));
}

function endsBareWord({ text, at }: Cursor): boolean {
  const character = text[at] ?? "";
  if (character === "{") return text[at - 1] !== "$";
  return isSeparator(character) || character === ";";
}

const unescaped = (raw: string): string =>
  raw.replaceAll(/\\(["'\\trn])/g, (_, character: string) => ESCAPES[character] ?? character);
const ESCAPES: Readonly<Record<string, string>> = { t: "\t", r: "\r", n: "\n" };
