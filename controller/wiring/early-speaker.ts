/**
 * The speaker of an agent, started before the agent reads its store: a speaker takes as long to be there as thousands of objects take
 * to be read, and can do so meanwhile. An agent that cannot begin ends the one that it has started.
 */
import { type LinkSurface, UnixSpeakerLink } from "../speaker/link.ts";

export interface EarlySurface extends Omit<LinkSurface, "startSpeaker"> {
  /** As the link's; answers the pid. */
  readonly startSpeaker: ((how: "first" | "replacing") => Promise<number>) | null;
}

export class EarlySpeaker implements Disposable {
  readonly link: UnixSpeakerLink;
  /** Resolves when a speaker has been found, or started, or could not be. */
  readonly begun: Promise<void>;
  /** Resolves when the link has ended. */
  readonly linked: Promise<void>;
  readonly #listening = new AbortController();
  /** Of one that nobody ran before us; null: there is none, or it is to stay. */
  #ours: number | null = null;
  #stays = false;

  constructor(surface: EarlySurface) {
    const { startSpeaker } = surface;
    const start = async (how: "first" | "replacing"): Promise<void> => {
      const pid = await startSpeaker?.(how);
      if (how === "first" && !this.#stays) this.#ours = pid ?? null;
    };
    this.link = new UnixSpeakerLink({ ...surface, startSpeaker: startSpeaker === null ? null : start });
    let tell = (): void => undefined;
    this.begun = new Promise((resolve) => {
      tell = resolve;
    });
    this.linked = this.link.run(this.#listening.signal, tell);
  }

  /** From now on it outlives us. */
  stay(): void {
    this.#stays = true;
    this.#ours = null;
  }

  /** Hangs up. */
  [Symbol.dispose](): void {
    this.#listening.abort();
    if (this.#ours === null) return;
    try {
      process.kill(this.#ours, "SIGTERM");
    } catch (error) {
      // It has ended by itself.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    this.#ours = null;
  }
}
