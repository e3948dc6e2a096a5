/** How a fate is disposed to decide: what is asked of its routers, what the checks say, and how its interfaces stand. */
import type { Link } from "../port/address-table.ts";
import { isSame } from "../resource/same.ts";
import type { RouterConfig } from "../vrrp/machine.ts";
import { type EffectivePriority, effectivePriority } from "../vrrp/priority.ts";
import type { CheckVerdict, VirtualRouter } from "../vrrp/virtual-router.ts";
import { type Farewell, farewellConfig, fitnessOf, routerConfigOf } from "./fate-terms.ts";
import { interfaceVerdicts } from "./interface-verdicts.ts";
import type { Reach } from "./reach.ts";

export interface Circumstances {
  /** One of the fate's routers: in what concerns the decision, all are alike. */
  readonly terms: VirtualRouter;
  readonly verdicts: readonly CheckVerdict[];
  /** At the last look. */
  readonly links: readonly Link[];
  /** Of its lines. */
  readonly reaches: readonly Reach[];
}

export class Disposition {
  #circumstances: Circumstances;
  #effective: EffectivePriority;
  #config: RouterConfig;

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
    this.#effective = judged(circumstances);
    this.#config = configured(circumstances, this.#effective);
  }

  get effective(): EffectivePriority {
    return this.#effective;
  }

  get config(): RouterConfig {
    return this.#config;
  }

  /** Answers what it was before, or `null` when nothing in it is another. */
  change(change: Partial<Circumstances>): RouterConfig | null {
    const previous = this.#config;
    this.#circumstances = { ...this.#circumstances, ...change };
    this.#effective = judged(this.#circumstances);
    this.#config = configured(this.#circumstances, this.#effective);
    return isSame(previous, this.#config) ? null : previous;
  }

  /** Until the next change, of which there is none. */
  leave(how: Farewell): void {
    this.#config = farewellConfig(this.#config, how);
  }
}

function judged({ terms, verdicts, links, reaches }: Circumstances): EffectivePriority {
  const { basePriority, tracks } = terms;
  const all = [...verdicts, ...interfaceVerdicts(tracks, links)];
  return fitnessOf(effectivePriority(basePriority, tracks, all), reaches);
}

const configured = ({ terms, reaches }: Circumstances, effective: EffectivePriority): RouterConfig =>
  routerConfigOf(terms, effective, reaches);
