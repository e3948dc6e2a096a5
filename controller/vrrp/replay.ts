/** Steps the machine through a recording and compares what it decides now with what was decided then. Pure. */
import { step } from "./machine.ts";
import { type Decision, decisionOf, type RecordedStep, type Recording } from "./recording.ts";
import type { RouterConfig, RouterState } from "./state.ts";

export interface ReplayedStep {
  readonly line: number;
  readonly recorded: RecordedStep;
  readonly config: RouterConfig;
  readonly before: RouterState;
  readonly after: RouterState;
  readonly decided: Decision;
  readonly isSame: boolean;
}

interface Standing {
  readonly config: RouterConfig;
  readonly state: RouterState;
}

/** In the order of the lines. The machine's own decisions lead on, also where they differ from those recorded. */
export function* replay({ steps }: Recording): Generator<ReplayedStep> {
  const standings = new Map<string, Standing>();
  for (const recorded of steps) {
    const known = standings.get(recorded.router);
    const config = recorded.config ?? known?.config;
    const before = recorded.before ?? known?.state;
    if (config === undefined || before === undefined)
      throw new Error(`line ${recorded.line} has no configuration, though the recording was taken for sound`);
    const taken = step(config, before, recorded.event, recorded.at);
    const decided = decisionOf(taken);
    const isSame = JSON.stringify(decided) === JSON.stringify(recorded.decided);
    standings.set(recorded.router, { config, state: taken.state });
    yield { line: recorded.line, recorded, config, before, after: taken.state, decided, isSame };
  }
}
