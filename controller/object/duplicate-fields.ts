/**
 * Keys that stand twice in one mapping of a JSON text. `JSON.parse` takes the last of them without a word, though the writer hardly
 * meant that.
 */

/** More have one cause. */
const FOUND_MAX = 20;
/** Texts and punctuation; numbers and words are of no interest here. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs;

type Frame =
  | { readonly type: "mapping"; readonly names: Set<string>; name: string }
  | { readonly type: "list"; index: number };

/** Of a text that is valid JSON: `spec.interface`. */
export function duplicateFields(text: string): readonly string[] {
  const found = new Set<string>();
  const frames: Frame[] = [];
  let isName = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const top = frames.at(-1);
    if (token.startsWith('"')) {
      if (isName && top?.type === "mapping") noteName(frames, top, JSON.parse(token), found);
      isName = false;
    } else isName = isNameNext(token, frames);
    if (found.size >= FOUND_MAX) break;
  }
  return [...found];
}

function noteName(
  frames: readonly Frame[],
  frame: Extract<Frame, { type: "mapping" }>,
  name: string,
  found: Set<string>,
): void {
  frame.name = name;
  if (frame.names.has(name)) found.add(pathOf(frames));
  frame.names.add(name);
}

/** Whether a text after `token` is the name of a field. */
function isNameNext(token: string, frames: Frame[]): boolean {
  const top = frames.at(-1);
  switch (token) {
    case "{":
      frames.push({ type: "mapping", names: new Set(), name: "" });
      return true;
    case "[":
      frames.push({ type: "list", index: 0 });
      return false;
    case ",":
      if (top?.type === "list") top.index += 1;
      return top?.type === "mapping";
    case ":":
      return false;
    default:
      frames.pop();
      return false;
  }
}

const pathOf = (frames: readonly Frame[]): string =>
  frames
    .map((frame) => (frame.type === "list" ? `[${frame.index}]` : `.${frame.name}`))
    .join("")
    .slice(1);
