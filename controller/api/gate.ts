/** Who may do what. What a client asks about itself and what it is allowed come from the same judgement. */
import type { Access, Rule } from "../object/access-review.ts";
import type { User } from "./request.ts";

export interface Gate {
  /** Why not, in one sentence or empty; null: it is allowed. */
  refusal(user: User, access: Access): string | null;
  rules(user: User): readonly Rule[];
}
