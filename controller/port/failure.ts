/** A refusal by the outside world: expected, coded, and met in one place. A broken assumption is an assertion instead. */

export type FailureDetail =
  | { readonly code: "interface-missing"; readonly interface: string }
  | {
      readonly code: "address-refused";
      readonly interface: string;
      readonly address: string;
      readonly errno: string;
    }
  | {
      readonly code: "send-refused";
      readonly interface: string;
      readonly operation: string;
      readonly errno: string;
    }
  | { readonly code: "virtual-link-refused"; readonly interface: string; readonly reason: string }
  | { readonly code: "kernel-refused"; readonly operation: string; readonly errno: string }
  | { readonly code: "not-permitted"; readonly operation: string; readonly needs: string }
  | { readonly code: "nginx-test-failed"; readonly output: string }
  | { readonly code: "nginx-not-installed"; readonly path: string }
  | { readonly code: "nginx-start-failed"; readonly output: string }
  | { readonly code: "nginx-reload-failed"; readonly output: string }
  | { readonly code: "nginx-stop-failed"; readonly output: string }
  | { readonly code: "nginx-not-staged"; readonly release: string }
  | { readonly code: "nginx-not-written"; readonly output: string }
  | { readonly code: "speaker-unreachable"; readonly output: string }
  | { readonly code: "speaker-already-runs"; readonly output: string }
  | { readonly code: "store-refused"; readonly output: string }
  | { readonly code: "store-conflict"; readonly resource: string; readonly output: string }
  | { readonly code: "store-unusable"; readonly path: string; readonly output: string }
  | { readonly code: "store-in-use"; readonly path: string; readonly holder: string }
  | { readonly code: "backup-refused"; readonly path: string; readonly output: string }
  | { readonly code: "mail-refused"; readonly server: string; readonly output: string }
  | { readonly code: "not-listening"; readonly address: string; readonly output: string }
  | { readonly code: "lab-refused"; readonly output: string }
  | { readonly code: "command-failed"; readonly command: string; readonly output: string };

export class OperationFailure extends Error {
  override readonly name = "OperationFailure";
  readonly detail: FailureDetail;

  constructor(detail: FailureDetail, cause?: unknown) {
    super(describeFailure(detail), { cause });
    this.detail = detail;
  }
}

/** The failure as a sentence for an operator. */
export function describeFailure(detail: FailureDetail): string {
  const { code, ...facts } = detail;
  return `${code}: ${Object.values(facts).join(": ")}`;
}
