/** Reads the status from the first bytes of an HTTP/1 response (RFC 9112, section 4): all that most checks want of it. */

export type HttpStatus = number | "unfinished" | "no-http";

/** As Node.js's own client: a longer head is no head. */
const HEAD_CHARACTERS_MAX = 16 * 1024;
const BEGINNING = "HTTP/1.";
const STATUS_LINE = /^HTTP\/1\.\d (\d{3})(?: [^\r\n]*)?\r?\n/;
const END_OF_HEAD = /\r?\n\r?\n/;
/** Switching Protocols is the last answer of its kind; the others below 200 announce the real one. */
const SWITCHING = 101;
const FINAL_MIN = 200;

/**
 * `text` is what has come so far, a character per byte. A status counts only with its whole head: a server that gets stuck in
 * between has not answered.
 */
export function httpStatusOf(text: string): HttpStatus {
  let rest = text;
  for (;;) {
    if (!rest.startsWith(BEGINNING.slice(0, rest.length))) return "no-http";
    const end = END_OF_HEAD.exec(rest);
    if (end === null) return rest.length > HEAD_CHARACTERS_MAX ? "no-http" : "unfinished";
    const status = Number(STATUS_LINE.exec(rest)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) return "no-http";
    if (status >= FINAL_MIN || status === SWITCHING) return status;
    rest = rest.slice(end.index + end[0].length);
  }
}
