/** What `holdfast validate` finds, and how it tells it. */
import { checkNode, crossCheck } from "../plan/cross-check.ts";
import { KINDS, type Manifest } from "../resource/meta.ts";
import { type Located, parseManifests } from "../resource/parse.ts";
import { formatRejection, type Rejection } from "../resource/rejection.ts";
import type { Input } from "./validate-inputs.ts";

export interface Judgement {
  readonly isValid: boolean;
  readonly files: number;
  readonly manifests: readonly Located[];
  /** In the order of the files, then by line. */
  readonly errors: readonly Rejection[];
  readonly warnings: readonly Rejection[];
}

/** `node`: null when it does not matter on which node the manifests are to be used. */
export function judge(inputs: readonly Input[], node: string | null): Judgement {
  const parsed = inputs.map(({ file, text, problem }) =>
    text === null ? unreadable(file, problem ?? "cannot be read") : parseManifests(file, text),
  );
  const manifests = parsed.flatMap((each) => each.manifests);
  const alone = parsed.flatMap(({ rejections }) => rejections);
  const places = new Map(inputs.map(({ file }, index) => [file, index]));
  const together = crossCheck(manifests, alone);
  const errors = [...alone, ...together.rejections].sort(
    (a, b) => (places.get(a.file) ?? 0) - (places.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
  const isEmpty = manifests.length === 0 && errors.length === 0;
  if (isEmpty) errors.push(wholeFile(inputs[0]?.file ?? "", "holds no manifests"));
  // Where something is broken, the node may be named in it.
  const nodeProblem = node === null || errors.length > 0 ? null : checkNode(node, manifests);
  if (nodeProblem !== null) errors.push(wholeFile(`--node ${node}`, nodeProblem));
  const warnings = [...parsed.flatMap((each) => each.warnings), ...together.warnings];
  return { isValid: errors.length === 0, files: inputs.length, manifests, errors, warnings };
}

const unreadable = (file: string, problem: string) => ({
  manifests: [],
  rejections: [wholeFile(file, problem)],
  warnings: [],
});

const wholeFile = (file: string, message: string): Rejection => ({
  file,
  line: 0,
  column: 0,
  path: "",
  resource: null,
  message,
});

/** One complaint per line, in a form that editors make links of, then the sum of it. */
export function judgementText(judgement: Judgement): string {
  const { errors, warnings, manifests, files, isValid } = judgement;
  const counted = [count(errors.length, "error"), count(warnings.length, "warning")].filter(Boolean);
  const sum = isValid
    ? `valid: ${inventory(manifests)} in ${count(files, "file")}${warnings.length > 0 ? `; ${count(warnings.length, "warning")}` : ""}`
    : `not valid: ${counted.join(" and ")} in ${count(files, "file")}`;
  return [
    ...errors.map(formatRejection),
    ...warnings.map((each) => formatRejection({ ...each, message: `warning: ${each.message}` })),
    sum,
  ].join("\n");
}

/** `2 HealthChecks (nginx-alive, in-service), 1 VirtualIP (web)`. */
function inventory(manifests: readonly { readonly manifest: Manifest }[]): string {
  return KINDS.flatMap((kind) => {
    const names = manifests
      .filter(({ manifest }) => manifest.kind === kind)
      .map(({ manifest }) => manifest.metadata.name);
    return names.length === 0 ? [] : [`${count(names.length, kind)} (${names.join(", ")})`];
  }).join(", ");
}

const count = (number: number, thing: string): string =>
  number === 0 ? "" : `${number} ${thing}${number === 1 ? "" : "s"}`;

export function judgementJson({ isValid, files, manifests, errors, warnings }: Judgement): string {
  const resources = manifests.map(({ manifest: { kind, metadata }, file, line }) => {
    return { kind, namespace: metadata.namespace, name: metadata.name, file, line };
  });
  return JSON.stringify({ valid: isValid, files, resources, errors, warnings }, null, 2);
}
