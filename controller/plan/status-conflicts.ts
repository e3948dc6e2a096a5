/** What a VirtualIP's status says of the others on the link: whether they fit with this node's part. Pure. */
import type { ConflictCode, RouterConflict, RouterStatus } from "../vrrp/virtual-router.ts";
import type { Findings } from "./seen.ts";

type Found = Findings["conditions"][number];

const TOGETHER: ReadonlySet<ConflictCode> = new Set(["rival-master", "duplicate-address"]);

/** SplitBrain is the one condition whose `True` is bad: it names what an operator looks for. */
export function harmony(router: RouterStatus | null): Found[] {
  if (router === null) return [];
  const { conflicts } = router;
  return [
    splitBrain(conflicts.filter(({ code }) => TOGETHER.has(code))),
    peersAgree(conflicts.filter(({ code }) => !TOGETHER.has(code))),
  ];
}

function splitBrain(conflicts: readonly RouterConflict[]): Found {
  const type = "SplitBrain";
  const [first] = conflicts;
  if (first === undefined) {
    return {
      type,
      status: "False",
      reason: "NoRival",
      message: "nobody else claims the addresses while this node does",
    };
  }
  return { type, status: "True", reason: pascalCase(first.code), message: messageOf(conflicts) };
}

function peersAgree(conflicts: readonly RouterConflict[]): Found {
  const type = "PeersAgree";
  const [first] = conflicts;
  if (first === undefined) {
    return {
      type,
      status: "True",
      reason: "Agreed",
      message: "everything that was heard of other nodes fits",
    };
  }
  return { type, status: "False", reason: pascalCase(first.code), message: messageOf(conflicts) };
}

const messageOf = (conflicts: readonly RouterConflict[]): string =>
  conflicts.map(({ message }) => message).join("; ");

/** `send-failed` -> `SendFailed`: a condition's reason. */
export const pascalCase = (code: string): string =>
  code.replaceAll(/(^|-)([a-z])/g, (_match, _dash: string, letter: string) => letter.toUpperCase());
