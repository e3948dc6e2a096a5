/** How the text of a manifest file becomes manifests: the parser and the check across files, as a source needs them. */
import { crossCheck } from "../plan/cross-check.ts";
import { parseManifests } from "../resource/parse.ts";
import type { ManifestReader } from "./file-parser.ts";

export const manifestReader: ManifestReader = {
  parse: (file, text) => {
    const { manifests, rejections, warnings } = parseManifests(file, text);
    return { manifests, rejections, warnings };
  },
  check: (manifests, refused) => crossCheck(manifests, refused),
};
