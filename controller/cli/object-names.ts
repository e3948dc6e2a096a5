/** How people name objects on the command line: `vip web`, `vip/web`, `virtualips`; and where the API has them. */

import type { ApiResource } from "../object/api-resource.ts";
import { API_RESOURCES, REVIEWS } from "../object/api-resources.ts";
import { Refused } from "./answering.ts";

export interface Named {
  readonly resource: ApiResource;
  /** Empty: all of them. */
  readonly name: string;
}

const NAMEABLE = API_RESOURCES.filter((resource) => !REVIEWS.includes(resource));

/** Throws Refused. */
export function resourceNamed(word: string): ApiResource {
  const asked = word.toLowerCase();
  const found = NAMEABLE.find(({ plural, singular, shortNames, group }) =>
    [plural, singular, ...shortNames, `${plural}.${group}`].includes(asked),
  );
  if (found !== undefined) return found;
  const known = NAMEABLE.map(({ singular, shortNames }) => [...shortNames, singular].join(" or "));
  throw new Refused(`there is no kind ${JSON.stringify(word)}; there are ${known.join(", ")}`);
}

/** `all` stands for the three kinds. Throws Refused. */
export function readNames(words: readonly string[]): readonly Named[] {
  const [first = "", ...names] = words;
  if (first === "all" && names.length === 0)
    return NAMEABLE.filter(({ categories }) => categories.includes("all")).map((resource) => ({
      resource,
      name: "",
    }));
  if (words.some((word) => word.includes("/"))) return words.map(pairOf);
  const resources = first.split(",").map(resourceNamed);
  return resources.flatMap((resource) =>
    names.length === 0 ? [{ resource, name: "" }] : names.map((name) => ({ resource, name })),
  );
}

function pairOf(word: string): Named {
  const [kind = "", name = "", ...rest] = word.split("/");
  if (name === "" || rest.length > 0) throw new Refused(`${JSON.stringify(word)} is no KIND/NAME`);
  return { resource: resourceNamed(kind), name };
}

/** `namespace` empty: in all of them. */
export function pathOf(
  { group, version, plural, isNamespaced }: ApiResource,
  namespace: string,
  name: string,
): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const inside = isNamespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${inside}/${plural}${name === "" ? "" : `/${encodeURIComponent(name)}`}`;
}
