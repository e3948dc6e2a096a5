/** Who asks, and what they are there for. Three roles, because two to twenty load balancers have a handful of operators. */
import type { Subject } from "./access-review.ts";

/** From the weakest to the strongest. */
export const ROLES = ["viewer", "editor", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Identity extends Subject {
  readonly role: Role;
}

/** Kubernetes' group of everybody who is known. */
const AUTHENTICATED = "system:authenticated";
const GROUP_PREFIX = "holdfast:";

/** `holdfast:admin`: what a client certificate carries in its subject (O) to give its owner a role. */
export const groupOfRole = (role: Role): string => `${GROUP_PREFIX}${role}`;

/** The strongest role of the groups; null: none of them gives one. */
export const roleOfGroups = (groups: readonly string[]): Role | null =>
  ROLES.findLast((role) => groups.includes(groupOfRole(role))) ?? null;

export const identityOf = (name: string, role: Role): Identity => ({
  name,
  role,
  groups: [groupOfRole(role), AUTHENTICATED],
});

/** Whoever may open the agent's socket, which the kernel sees to. */
export const LOCAL_ROOT = identityOf("root", "admin");

/** The common name of an X.509 subject has no more (RFC 5280, appendix A.1, ub-common-name). */
const NAME_CHARACTERS_MAX = 64;
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._@+-]*[A-Za-z0-9])?$/;

/** What is wrong with a name for a user, as the end of a sentence; null: nothing. `system:` is Kubernetes' own, so no colon. */
export function wrongWithUserName(name: string): string | null {
  if (name.length > NAME_CHARACTERS_MAX) return `must have at most ${NAME_CHARACTERS_MAX} characters`;
  if (!NAME.test(name))
    return "must be letters, digits and . _ @ + -, starting and ending with a letter or digit";
  return name === LOCAL_ROOT.name ? `must not be ${name}, as local root is called` : null;
}
