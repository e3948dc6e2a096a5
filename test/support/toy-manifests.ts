/**
 * A language of manifests that is small enough to be generated: one line per HealthCheck, `NAME PATH` or `NAME PATH NEEDS`. A
 * line that says otherwise breaks its file. Between manifests: no two have one PATH, and NEEDS names one that is there.
 */
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import type { Manifest } from "../../controller/resource/meta.ts";
import type { Located, ParsedManifests, Stated } from "../../controller/resource/parse.ts";
import type { Rejection } from "../../controller/resource/rejection.ts";
import type { ManifestReader } from "../../controller/source/file-parser.ts";
import { checkManifest } from "./stored-manifests.ts";

const LINE = /^([a-z]+) (\d+)(?: ([a-z]+))?$/;

export const toyReader: ManifestReader = { parse: parseToy, check: checkToys };

export function parseToy(file: string, text: string): ParsedManifests {
  const manifests: Stated[] = [];
  const rejections: Rejection[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const match = LINE.exec(line);
    if (match === null) rejections.push(rejection(file, index + 1, null, `not a manifest: ${line}`));
    else {
      const start = { line: index + 1, column: 1 };
      const manifest = toy(match);
      const said: JsonObject = JSON.parse(JSON.stringify(manifest));
      manifests.push({ file, ...start, manifest, said, position: () => start });
    }
  }
  return { manifests, rejections, warnings: [] };
}

export function checkToys(manifests: readonly Located[]): { rejections: Rejection[]; warnings: [] } {
  const names = new Set(manifests.map(({ manifest }) => manifest.metadata.name));
  const paths = new Map<string, Located>();
  const rejections: Rejection[] = [];
  for (const placed of manifests) {
    const { file, line, manifest } = placed;
    const needs = manifest.metadata.labels?.["needs"];
    if (needs !== undefined && !names.has(needs)) {
      rejections.push(rejection(file, line, manifest.metadata.name, `needs ${needs}, which is not there`));
    }
    const path = pathOf(manifest);
    const first = paths.get(path);
    if (first === undefined) paths.set(path, placed);
    else
      rejections.push(
        rejection(file, line, manifest.metadata.name, `path ${path} is taken by ${first.file}`),
      );
  }
  return { rejections, warnings: [] };
}

export const pathOf = (manifest: Manifest): string =>
  manifest.kind === "HealthCheck" ? (manifest.spec.file?.path ?? "") : "";

function toy([, name = "", path = "", needs]: RegExpExecArray): Manifest {
  return checkManifest(name, { path: `/${path}`, ...(needs === undefined ? {} : { labels: { needs } }) });
}

function rejection(file: string, line: number, resource: string | null, message: string): Rejection {
  return { file, line, column: 1, path: "spec", resource, message };
}
