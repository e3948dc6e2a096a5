/** `-l team=a,tier!=db,zone in (x,y),!retired`: which objects a client asks for, by their labels. */
import { unreachable } from "../net/unreachable.ts";
import type { Json, JsonObject } from "../resource/json-schema.ts";
import { isQualifiedName } from "./metadata-rules.ts";
import { badRequest, isRefusal, type Refusal } from "./refusal.ts";
import { fieldOf } from "./tree.ts";

export type LabelSelector = readonly Requirement[];

interface Requirement {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "absent";
  readonly values: readonly string[];
}

export const selectsLabels = (selector: LabelSelector, labels: JsonObject): boolean =>
  selector.every((requirement) => isMet(requirement, fieldOf(labels, requirement.key)));

/** Who asks that a label be not something is also content when it is not there. */
function isMet({ operator, values }: Requirement, value: Json | undefined): boolean {
  const isIn = value !== undefined && values.includes(String(value));
  switch (operator) {
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "in":
      return isIn;
    case "notin":
      return !isIn;
    default:
      return unreachable(operator);
  }
}

const SELECTOR_CHARACTERS_MAX = 10_000;
const TOKEN = /\s*(==|!=|[=!(),]|[^\s=!(),]+)\s*/y;

export function readLabelSelector(text: string): LabelSelector | Refusal {
  if (text.length > SELECTOR_CHARACTERS_MAX) return problem("is too long");
  const tokens = tokensIn(text.trim());
  const requirements: Requirement[] = [];
  for (let next = 0; next < tokens.length; ) {
    const read = readRequirement(tokens, next);
    if (isRefusal(read)) return read;
    requirements.push(read.requirement);
    next = read.next;
    if (next === tokens.length) break;
    if (tokens[next] !== ",") return badRequest(`found '${tokens[next]}', expected: ',' or 'end of string'`);
    next += 1;
    if (next === tokens.length) return badRequest("found '', expected: identifier after ','");
  }
  return requirements;
}

function tokensIn(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) tokens.push(match[1] ?? "");
  return tokens;
}

interface Read {
  readonly requirement: Requirement;
  /** Of the token after it. */
  readonly next: number;
}

const problem = (what: string): Refusal => badRequest(`unable to parse requirement: ${what}`);
const isName = (token: string | undefined): token is string => token !== undefined && !/^[=!(),]/.test(token);

function readRequirement(tokens: readonly string[], start: number): Read | Refusal {
  const isNegated = tokens[start] === "!";
  const at = isNegated ? start + 1 : start;
  const key = tokens[at];
  if (!isName(key)) return problem(`found '${key ?? ""}', expected: identifier`);
  if (!isQualifiedName(key))
    return problem(`key "${key}" must be NAME or DOMAIN/NAME, each of letters, digits, '-', '_' and '.'`);
  const operator = tokens[at + 1];
  if (operator === undefined || operator === ",") {
    const requirement = { key, operator: isNegated ? "absent" : "exists", values: [] } as const;
    return { requirement, next: at + 1 };
  }
  if (isNegated) return problem(`found '${operator}', expected: ',' or 'end of string'`);
  return readComparison(tokens, at + 2, key, operator);
}

function readComparison(
  tokens: readonly string[],
  start: number,
  key: string,
  operator: string,
): Read | Refusal {
  switch (operator) {
    case "=":
    case "==":
      return readValue(tokens, start, key, "in");
    case "!=":
      return readValue(tokens, start, key, "notin");
    case "in":
    case "notin":
      return readValues(tokens, start, key, operator);
    default:
      return problem(`found '${operator}', expected: in, notin, =, ==, !=`);
  }
}

/** Nothing after the sign is the empty value. */
function readValue(
  tokens: readonly string[],
  at: number,
  key: string,
  operator: "in" | "notin",
): Read | Refusal {
  const token = tokens[at];
  const isEmpty = token === undefined || token === ",";
  if (!isEmpty && !isName(token)) return problem(`found '${token}', expected: identifier`);
  const value = isEmpty ? "" : token;
  return checked({ key, operator, values: [value] }, isEmpty ? at : at + 1);
}

function readValues(
  tokens: readonly string[],
  at: number,
  key: string,
  operator: "in" | "notin",
): Read | Refusal {
  if (tokens[at] !== "(") return problem(`found '${tokens[at] ?? ""}' expected: '('`);
  const end = tokens.indexOf(")", at);
  if (end < 0) return problem("found '', expected: ')'");
  const inside = tokens.slice(at + 1, end);
  const values = inside.join("").split(",");
  const isList = inside.every(
    (token, index) => token === "," || (isName(token) && !isName(inside[index - 1])),
  );
  if (!isList) return problem(`found '${inside.join(" ")}', expected: values with ',' between them`);
  return checked({ key, operator, values }, end + 1);
}

const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

function checked(requirement: Requirement, next: number): Read | Refusal {
  const bad = requirement.values.find((value) => !VALUE.test(value));
  return bad === undefined
    ? { requirement, next }
    : problem(`value "${bad}" must be up to 63 letters, digits, '-', '_' and '.'`);
}
