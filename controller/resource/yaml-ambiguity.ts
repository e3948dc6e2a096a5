/**
 * Plain scalars that YAML readers understand differently. kubectl reads a mixture of YAML 1.1 and 1.2 (measured: `on` is
 * true, `017` is 15, `1_000` is 1000), this program YAML 1.2: one file would mean two things, so it has to say which.
 */

const TRUE_WORDS = /^(?:y|yes|on)$/i;
const FALSE_WORDS = /^(?:n|no|off)$/i;
/** In words of Go's strconv, which kubectl uses: a zero in front makes an octal number, and so does `0o`; `0b` is binary. */
const BASED = /^[-+]?0(?:[0-9]|[oO][0-7]|[bB][01]|X[0-9a-fA-F])/;
const SIGNED_HEXADECIMAL = /^[-+]0x/;
const NUMBER = /^[-+]?(?:0[xXoObB][0-9a-fA-F]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)$/;
const LEADING_ZERO_FRACTION = /^[-+]?0\.[0-9]*/;

/** What to say about the plain scalar `source`; null where all readers agree. */
export function ambiguity(source: string): string | null {
  if (TRUE_WORDS.test(source)) return wordAdvice(source, "true");
  if (FALSE_WORDS.test(source)) return wordAdvice(source, "false");
  return isAmbiguousNumber(source)
    ? `${source} is ambiguous: YAML readers disagree about which number it is, or whether it is one; ` +
        `write it in plain decimal, or in quotes if it is text: "${source}"`
    : null;
}

function wordAdvice(source: string, meaning: string): string {
  return `${source} is ambiguous: kubectl takes it for ${meaning}; write ${meaning}, or in quotes if it is text: "${source}"`;
}

function isAmbiguousNumber(source: string): boolean {
  const digits = source.replaceAll("_", "");
  if (!/^[-+.0-9]/.test(source) || !NUMBER.test(digits)) return false;
  if (digits !== source) return true;
  if (LEADING_ZERO_FRACTION.test(source)) return false;
  return BASED.test(source) || SIGNED_HEXADECIMAL.test(source);
}
