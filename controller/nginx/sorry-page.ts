/**
 * Sorry pages, inside the configuration itself: there is no file to be missing, and old workers keep the page that they
 * were started with. A body is longer than a token may be, so it is cut into pieces; they are `geo` values, because nginx
 * does not look for variables in those, and computes them only when a page is sent.
 */
import type { Pool, SorryPage } from "./model.ts";
import { tokenSizedPieces } from "./serialize.ts";
import {
  block,
  type Directive,
  directive,
  expression,
  int,
  plain,
  type Variable,
  variable,
  word,
} from "./syntax.ts";

export interface NumberedPage {
  readonly page: SorryPage;
  /** Same body, same type, same status: same number. */
  readonly number: number;
  /** The body. */
  readonly pieces: readonly string[];
}

/** Pages by what makes them the same. */
export type Pages = ReadonlyMap<string, NumberedPage>;

export function numberPages(pools: readonly Pool[]): Pages {
  const pages = new Map<string, NumberedPage>();
  for (const { sorryPage } of pools) {
    if (sorryPage === null || pages.has(pageKey(sorryPage))) continue;
    const pieces = tokenSizedPieces(sorryPage.body);
    pages.set(pageKey(sorryPage), { page: sorryPage, number: pages.size, pieces });
  }
  return pages;
}

export function numberedPage(pages: Pages, page: SorryPage): NumberedPage {
  const found = pages.get(pageKey(page));
  if (found === undefined) throw new Error("a sorry page that was not numbered");
  return found;
}

/** Directives of the http block that hold the bodies. */
export function renderBodies(pages: Pages): Directive[] {
  return [...pages.values()].flatMap((page) =>
    page.pieces.map((piece, index) =>
      block("geo", [pieceVariable(page, index)], [directive("default", plain(piece))]),
    ),
  );
}

/** How many variables hold the bodies. */
export const countPieces = (pages: Pages): number =>
  [...pages.values()].reduce((count, { pieces }) => count + pieces.length, 0);

/** In place of every error that nginx itself makes; an answer of a backend is passed on, whatever its status. */
export function answerErrors(page: NumberedPage): Directive {
  // The number after `=` is what the client sees, whatever `return` in the named location says.
  return directive("error_page", int(502), int(503), int(504), word(`=${page.page.status}`), location(page));
}

export function renderPageLocation(page: NumberedPage): Directive {
  return block(
    "location",
    [location(page)],
    [
      // Without types the extension in the request's path says nothing about the type of the page.
      block("types", [], []),
      directive("default_type", plain(page.page.contentType)),
      directive("add_header", word("Cache-Control"), word("no-store"), word("always")),
      directive("return", int(200), expression(...page.pieces.map((_, index) => pieceVariable(page, index)))),
    ],
  );
}

const location = ({ number }: NumberedPage) => word(`@sorry_${number}`);

const pieceVariable = ({ number }: NumberedPage, index: number): Variable =>
  variable(`holdfast_page_${number}_${index}`);

const pageKey = ({ body, contentType, status }: SorryPage): string => `${status} ${contentType}\n${body}`;
