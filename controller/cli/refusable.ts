/** What commands share that work on an agent's files themselves. Not in `answering`: the packed commands have no part of it. */
import { OperationFailure } from "../port/failure.ts";
import { Refused } from "./answering.ts";

/** A refusal by the world is told to the user as it is. `advice`: what to do about it; empty: it says so itself. */
export async function refusable(
  task: () => Promise<void>,
  advice: (failure: OperationFailure) => string = () => "",
): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    const more = advice(error);
    throw new Refused(more === "" ? error.message : `${error.message}; ${more}`, { cause: error });
  }
}
