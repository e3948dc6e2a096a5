/** Manifests as `holdfast apply`, `diff` and `delete` send them: what the files say and nothing that they leave out. */

import type { ApiResource } from "../object/api-resource.ts";
import { RESOURCES } from "../object/api-resources.ts";
import { at } from "../object/tree.ts";
import type { JsonObject } from "../resource/json-schema.ts";
import { KINDS } from "../resource/meta.ts";
import { parseManifests } from "../resource/parse.ts";
import { formatRejection } from "../resource/rejection.ts";
import { readYaml } from "../resource/yaml-text.ts";
import { readValue } from "../resource/yaml-value.ts";
import { Refused } from "./answering.ts";
import { readInputs } from "./validate-inputs.ts";

export interface Sent {
  readonly resource: ApiResource;
  /** Empty: that of the agent. */
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
}

/** All or, where a file is wrong, nothing: throws Refused with every error and its place. */
export async function readObjects(paths: readonly string[]): Promise<readonly Sent[]> {
  const inputs = await readInputs(paths);
  const problems = inputs.flatMap(({ file, text, problem }) => {
    if (text === null) return [`${file}: ${problem ?? "cannot be read"}`];
    return parseManifests(file, text).rejections.map(formatRejection);
  });
  if (problems.length > 0) throw new Refused(`nothing was sent:\n${problems.join("\n")}`);
  const objects = inputs.flatMap(({ text }) => objectsIn(text ?? ""));
  if (objects.length === 0) throw new Refused("there is no manifest in what was named");
  return objects;
}

/** Of a text that is valid. */
function objectsIn(text: string): readonly Sent[] {
  const { documents, positionAt } = readYaml(text);
  return documents.flatMap((document) => {
    const object: JsonObject | null = JSON.parse(
      JSON.stringify(readValue(document, positionAt).value ?? null),
    );
    const kind = KINDS.find((each) => each === at(object, "kind"));
    if (object === null || kind === undefined) return [];
    const text = (field: string): string => String(at(object, "metadata", field) ?? "");
    return [{ resource: RESOURCES[kind], namespace: text("namespace"), name: text("name"), object }];
  });
}
