/** A value that is to be a manifest: the manifest, with defaults, or all that is wrong with it. */
import { complaintsOf, pathOf, type SchemaComplaint } from "./complaints-of-schema.ts";
import { without } from "./loose.ts";
import { MANIFEST_ENVELOPE, MANIFEST_SCHEMAS } from "./manifest-schema.ts";
import { KINDS, type Kind, type Manifest } from "./meta.ts";
import { ruleComplaints } from "./rules.ts";

export interface Judgement {
  /** null where a complaint is an error. */
  readonly manifest: Manifest | null;
  /** Those of the schema, then those of the rules that cross fields. */
  readonly complaints: readonly SchemaComplaint[];
}

export type Mapping = Readonly<Record<string, unknown>>;

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const kindOf = (value: Mapping): Kind | null => KINDS.find((kind) => kind === value["kind"]) ?? null;

export function judgeManifest(value: Mapping): Judgement {
  const kind = kindOf(value);
  const schema = kind === null ? MANIFEST_ENVELOPE : MANIFEST_SCHEMAS[kind];
  const result = schema.safeParse(value);
  const issues = result.error?.issues ?? [];
  // What is sound of the value, so that the writer learns of everything at once.
  const sound = without(value, unsoundParts(issues));
  const spec = kind !== null && isMapping(sound) ? sound["spec"] : null;
  const crossing = kind !== null && isMapping(spec) ? ruleComplaints(kind, spec) : [];
  const complaints = [
    ...complaintsOf(issues, schema, value),
    ...crossing.map((complaint) => ({ ...complaint, isAboutKey: false })),
  ];
  const isSound = complaints.every(({ severity }) => severity !== "error");
  // A schema for each kind and a union of kinds are the same, which TypeScript cannot see.
  const manifest = kind !== null && isSound && result.success ? (result.data as Manifest) : null;
  return { manifest, complaints };
}

const unsoundParts = (issues: Parameters<typeof complaintsOf>[0]) =>
  issues.filter(({ code }) => code !== "unrecognized_keys").map(pathOf);
