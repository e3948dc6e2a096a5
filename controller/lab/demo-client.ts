/** From the client's answers to what a person would say of them. Pure. */
import { type Entry, formatMillis } from "./demo-timeline.ts";
import type { Answer } from "./prober.ts";

/** A shorter gap is told in one line; a longer one when it begins, too. */
const SHORT_GAP_MS = 300;

/** What the client is served: a page of the web servers, the sorry page, a stranger's page, or nothing. */
interface View {
  readonly what: "page" | "sorry" | "stranger" | "nothing";
  readonly text: string;
}

/** The last page, and what came after it. */
interface Served {
  readonly view: View;
  readonly at: number;
  readonly isOver: boolean;
  /** The reader knows that the pages have stopped. */
  readonly isTold: boolean;
}

/** `answers` are of one target, in the order in which they were asked; `subject` goes before each sentence. */
export function clientEntries(answers: readonly Answer[], subject: string): Entry[] {
  const entries: Entry[] = [];
  let served: Served | null = null;
  for (const answer of answers) {
    const told = follow(served, answer);
    served = told.served;
    if (told.text === null) continue;
    entries.push({ at: told.at, who: "client", text: `${subject}${told.text}`, tone: "client" });
  }
  return entries;
}

interface Told {
  readonly served: Served | null;
  /** What is to be told; null: nothing new. */
  readonly text: string | null;
  readonly at: number;
}

function follow(before: Served | null, answer: Answer): Told {
  const view = viewOf(answer);
  const at = answer.answered;
  if (view.what !== "nothing") {
    const text = before === null ? null : tellPage(before, view, at);
    return { served: { view, at, isOver: false, isTold: false }, text, at };
  }
  if (before === null) return { served: null, text: null, at };
  const isNews = !before.isTold && at - before.at >= SHORT_GAP_MS;
  return {
    served: { ...before, isOver: true, isTold: before.isTold || isNews },
    text: isNews ? "gets no page any more" : null,
    at: before.at,
  };
}

function tellPage(before: Served, view: View, at: number): string | null {
  const gap = formatMillis(at - before.at);
  if (before.isTold) return `${describe(view)}, after ${gap}`;
  const isSame = before.view.what === view.what && (view.what === "page" || before.view.text === view.text);
  if (!isSame) return describe(view);
  return before.isOver ? `was without a page for ${gap}` : null;
}

function describe({ what, text }: View): string {
  switch (what) {
    case "page":
      return `gets the web servers' pages again ("${text}")`;
    case "sorry":
      return `gets the sorry page: "${text}"`;
    default:
      return `gets the page of another server: "${text}"`;
  }
}

/** What the demo's web servers say, and nothing that an error page would. */
export const isWebPage = ({ status, body }: Answer): boolean => status === 200 && /Web RS\d/.test(body);
export const isSorryPage = ({ body }: Answer): boolean => /sorry from \S+/.test(body);

function viewOf(answer: Answer): View {
  const text = plainText(answer.body);
  if (isWebPage(answer)) return { what: "page", text };
  if (isSorryPage(answer)) return { what: "sorry", text };
  return { what: answer.status === 200 ? "stranger" : "nothing", text };
}

/** `<h1> Web RS1 </h1>` → `Web RS1`. */
export const plainText = (body: string): string =>
  body
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
