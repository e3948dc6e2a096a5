/** What a server says of itself: its version, what it serves, and how that looks. */
import { createHash } from "node:crypto";
import type { ApiCall } from "../object/api-call.ts";
import {
  aggregatedDiscovery,
  coreVersions,
  discoveryMediaType,
  groupDocument,
  groupList,
  resourceList,
} from "../object/discovery.ts";
import { discoveryForm } from "../object/media-types.ts";
import { openApiDocument, openApiIndex } from "../object/openapi.ts";
import { noSuchPath, type Refusal } from "../object/refusal.ts";
import type { JsonObject } from "../resource/json-schema.ts";
import { type Answer, answerJson, answerText } from "./answer.ts";
import type { ApiRequest } from "./request.ts";

/** Clients warn of a server more than one minor version away, and Google's dispatching kubectl chooses its own by it. */
const KUBERNETES_MINOR = "32";
const FOR_EVER = "public, immutable, max-age=31536000";

type DocumentCall = Exclude<ApiCall, { readonly type: "resource" }>;

export interface DocumentParts {
  /** Of the program. */
  readonly version: string;
  /** Where clients reach the server, HOST:PORT. */
  readonly address: string;
}

export class Documents {
  readonly #parts: DocumentParts;
  /** They are the same for as long as the program runs. */
  readonly #texts = new Map<string, { readonly text: string; readonly hash: string } | null>();

  constructor(parts: DocumentParts) {
    this.#parts = parts;
  }

  answer(call: DocumentCall, request: ApiRequest): Answer | Refusal {
    switch (call.type) {
      case "health":
        return answerText("ok");
      case "version":
        return answerJson(200, this.#versionInfo());
      case "discovery":
        return this.#discovery(call.root, request.header("accept"));
      case "group":
        return found(groupDocument(call.group));
      case "resources":
        return found(resourceList(call.group, call.version));
      case "openapi-v2":
        // An empty message, which says that nothing is said here: every kubectl is content with that.
        return { ...answerText(""), mediaType: "application/com.github.proto-openapi.spec.v2.v1.0+protobuf" };
      case "openapi-index":
        return this.#index(request);
      case "openapi-document":
        return this.#document(call.document, request);
    }
  }

  #versionInfo(): JsonObject {
    const { version } = this.#parts;
    const gitVersion = `v1.${KUBERNETES_MINOR}.0+holdfast.${version}`;
    const platform = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
    return {
      major: "1",
      minor: KUBERNETES_MINOR,
      gitVersion,
      gitCommit: "",
      gitTreeState: "",
      buildDate: "",
      goVersion: "",
      compiler: "",
      platform,
    };
  }

  #discovery(root: "api" | "apis", accept: string): Answer {
    const form = discoveryForm(accept);
    if (form !== null)
      return { ...answerJson(200, aggregatedDiscovery(root, form)), mediaType: discoveryMediaType(form) };
    return answerJson(200, root === "api" ? coreVersions(this.#parts.address) : groupList());
  }

  #index(request: ApiRequest): Answer {
    const index = openApiIndex((path) => this.#text(path)?.hash ?? "");
    const answer = answerJson(200, index);
    return unlessKnown(request, { ...answer, headers: { "Cache-Control": "no-cache" } }, hashOf(answer.text));
  }

  #document(path: string, request: ApiRequest): Answer | Refusal {
    const document = this.#text(path);
    if (document === null) return noSuchPath();
    const { text, hash } = document;
    const isNamed = request.parameters("hash") === hash;
    const headers = { "Cache-Control": isNamed ? FOR_EVER : "no-cache" };
    return unlessKnown(request, { ...answerText(text), mediaType: "application/json", headers }, hash);
  }

  #text(path: string): { readonly text: string; readonly hash: string } | null {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const document = openApiDocument(path, this.#parts.version);
    if (document === null) return null;
    const text = JSON.stringify(document);
    const made = { text, hash: hashOf(text) };
    this.#texts.set(path, made);
    return made;
  }
}

const found = (document: JsonObject | null): Answer | Refusal =>
  document === null ? noSuchPath() : answerJson(200, document);

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").toUpperCase();

function unlessKnown(request: ApiRequest, answer: Answer, hash: string): Answer {
  const headers = { ...answer.headers, ETag: `"${hash}"` };
  return request.header("if-none-match") === `"${hash}"`
    ? { ...answer, status: 304, headers, text: "" }
    : { ...answer, headers };
}
