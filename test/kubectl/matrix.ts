/** All that is asked of each kubectl, and under which name a test reports it. */
import { APPLY } from "./apply.ts";
import { DELETE } from "./delete.ts";
import { DIFF } from "./diff.ts";
import { NODE } from "./node.ts";
import { READ } from "./read.ts";
import type { Row, Topic } from "./row.ts";
import { WRITE } from "./write.ts";

export const TOPICS: readonly Topic[] = [APPLY, WRITE, DIFF, READ, DELETE, NODE];
export const ROWS: readonly Row[] = TOPICS.flatMap(({ rows }) => rows);

/** `K7`: as the reporter of docs/conformance.md keeps results of tests. */
export const idOf = (row: Row): string => `K${ROWS.indexOf(row) + 1}`;

/** `variant`: `1.33`, or `1.33 WatchList`. */
export const titleOf = (row: Row, variant: string): string => `${idOf(row)}: ${variant}: ${row.command}`;

const TITLE = /^(K\d+): (.+?): /;

export function readTitle(title: string): { readonly id: string; readonly variant: string } | null {
  const [, id, variant] = TITLE.exec(title) ?? [];
  return id === undefined || variant === undefined ? null : { id, variant };
}
