/** A request as the API sees it, before anything of HTTP. */
import type { Parameters } from "../object/list-options.ts";

export interface ApiRequest {
  /** Upper case. */
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly parameters: Parameters;
  /** All values of a parameter that may be given more than once. */
  readonly parameterList: (name: string) => readonly string[];
  /** Empty where it is not there. */
  readonly header: (name: string) => string;
  readonly body: Uint8Array;
  readonly user: User;
  /** `127.0.0.1`, or `socket`. */
  readonly source: string;
}

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}
