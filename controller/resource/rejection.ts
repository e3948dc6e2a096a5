/** A refusal of a manifest, told so that the writer can mend it without asking anybody. */

export interface Rejection {
  readonly file: string;
  /** From 1; 0 when the whole file is meant. */
  readonly line: number;
  /** From 1; 0 when the whole file is meant. */
  readonly column: number;
  /** `spec.vrrp.virtualRouterID`; empty for the document as a whole. */
  readonly path: string;
  /** `VirtualIP/default/web`, where the document told so much of itself. */
  readonly resource: string | null;
  /** What was found and what is allowed, in one sentence. */
  readonly message: string;
}

/** `web.yaml:12:21: spec.vrrp.virtualRouterID: must be 1 to 255, found 256`: the form that editors make a link of. */
export function formatRejection({ file, line, column, path, message }: Rejection): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return path === "" ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}
