/**
 * nginx configuration as typed values. Each kind of argument says how nginx will read it, so that the serializer knows
 * what to quote, what `$` means there, and what to refuse. There is no argument that is written as it stands.
 */

export type Argument =
  /** A word of ours: a keyword, a parameter, a name that we made up. Never a value from outside. */
  | { readonly kind: "word"; readonly value: string }
  /** Text from outside where nginx replaces variables: taken literally, `$` included. */
  | { readonly kind: "literal"; readonly value: string }
  /** Text from outside where nginx knows no variables (`geo` values, `default_type`): taken literally. */
  | { readonly kind: "plain"; readonly value: string }
  /** Literal text and variables, joined. */
  | { readonly kind: "expression"; readonly parts: readonly (string | Variable)[] }
  | Variable
  | Whole
  /** A time in milliseconds. */
  | { readonly kind: "ms"; readonly value: number }
  | Seconds
  /** A size in KiB. */
  | { readonly kind: "size"; readonly kibibytes: number }
  /** `parameter=value`, with an integer or a time. */
  | { readonly kind: "parameter"; readonly name: string; readonly value: Whole | Seconds }
  /** `host:port`; the host `*` is every local address. */
  | { readonly kind: "address"; readonly host: string; readonly port: number }
  /** An absolute path, or a unix socket at one. */
  | { readonly kind: "path" | "unix"; readonly path: string };

export interface Whole {
  readonly kind: "int";
  readonly value: number;
}

/** A time in whole seconds, for directives that take nothing finer (`fail_timeout`). */
export interface Seconds {
  readonly kind: "sec";
  readonly value: number;
}

export interface Variable {
  readonly kind: "variable";
  readonly name: string;
}

export interface Directive {
  /** A directive, or a key of `map` and `geo`; the key for the empty string is "". */
  readonly name: string;
  readonly args: readonly Argument[];
  readonly block?: readonly Directive[];
}

export const directive = (name: string, ...args: readonly Argument[]): Directive => ({ name, args });

export function block(name: string, args: readonly Argument[], directives: readonly Directive[]): Directive {
  return { name, args, block: directives };
}

export const word = (value: string): Argument => ({ kind: "word", value });
export const literal = (value: string): Argument => ({ kind: "literal", value });
export const plain = (value: string): Argument => ({ kind: "plain", value });
export const expression = (...parts: (string | Variable)[]): Argument => ({
  kind: "expression",
  parts,
});
export const variable = (name: string): Variable => ({ kind: "variable", name });
export const int = (value: number): Whole => ({ kind: "int", value });
export const ms = (value: number): Argument => ({ kind: "ms", value });
export const sec = (value: number): Seconds => ({ kind: "sec", value });
export const size = (kibibytes: number): Argument => ({ kind: "size", kibibytes });
export const address = (host: string, port: number): Argument => ({ kind: "address", host, port });
export const path = (absolute: string): Argument => ({ kind: "path", path: absolute });
export const unix = (absolute: string): Argument => ({ kind: "unix", path: absolute });
export const parameter = (name: string, value: Whole | Seconds): Argument => ({
  kind: "parameter",
  name,
  value,
});
