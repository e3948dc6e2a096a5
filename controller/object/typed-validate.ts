/** Whether a configuration that is applied has the shape of its kind: only then it can be said who owns what. */
import { unreachable } from "../net/unreachable.ts";
import { isList, isObject, type Json } from "../resource/json-schema.ts";
import { describeFound } from "../resource/schema-words.ts";
import { itemElement } from "./list-items.ts";
import type { ListType, MapType, MergeType, ScalarForm } from "./merge-type.ts";
import { fieldElement, formatFieldPath, type Path } from "./path-element.ts";

/** More have one cause. */
const PROBLEMS_MAX = 20;

/** `.spec.bogus: field not declared in schema`. */
export function shapeProblems(type: MergeType, value: Json): readonly string[] {
  const problems: string[] = [];
  visit(type, value, [], (path, problem) => problems.push(`${formatFieldPath(path)}: ${problem}`));
  return problems.slice(0, PROBLEMS_MAX);
}

type Report = (path: Path, problem: string) => void;

function visit(type: MergeType, value: Json, path: Path, report: Report): void {
  // null is of every type: it says that nothing is said.
  if (value === null) return;
  switch (type.type) {
    case "scalar":
      if (!isOfForm(value, type.form)) report(path, `expected ${type.form}, got ${describeFound(value)}`);
      return;
    case "map":
      visitMap(type, value, path, report);
      return;
    case "list":
      visitList(type, value, path, report);
      return;
    default:
      unreachable(type);
  }
}

function isOfForm(value: Json, form: ScalarForm): boolean {
  if (form === "any") return true;
  return typeof value === (form === "numeric" ? "number" : form);
}

function visitMap({ fields, others }: MapType, value: Json, path: Path, report: Report): void {
  if (!isObject(value)) {
    report(path, `expected map, got ${describeFound(value)}`);
    return;
  }
  for (const [name, field] of Object.entries(value)) {
    const here = [...path, fieldElement(name)];
    const type = fields.get(name) ?? others;
    if (type === null) report(here, "field not declared in schema");
    else visit(type, field, here, report);
  }
}

function visitList(type: ListType, value: Json, path: Path, report: Report): void {
  if (!isList(value)) {
    report(path, `expected list, got ${describeFound(value)}`);
    return;
  }
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const read = type.identity === "atomic" ? { element: `i:${index}` } : itemElement(type, item);
    if ("problem" in read) {
      report(path, `element ${index}: ${read.problem}`);
      continue;
    }
    const { element } = read;
    if (seen.has(element)) report(path, `duplicate entries for key ${formatFieldPath([element])}`);
    seen.add(element);
    visit(type.items, item, [...path, element], report);
  }
}
