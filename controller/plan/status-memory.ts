/** Remembers which statuses are as they should be, so that those of thousands are not looked at again with each change of one. */

import type { Resource, ResourceStatus } from "../resource/meta.ts";
import { isSame } from "../resource/same.ts";
import { nodeCheckId } from "./checks.ts";
import { newStatusOf } from "./status.ts";
import type { Scene } from "./status-scene.ts";

/** One for each who writes statuses. What it answers is what `newStatusOf` would. */
export class StatusMemory {
  #background: unknown = null;
  /** Resources that say all that is to be said of them, as long as the background stays. Each change makes another object of one. */
  #settled = new WeakSet<Resource>();

  /** Call it before a pass. */
  begin(scene: Scene): void {
    const { node, proxy } = scene.seen;
    const isCalm = scene.rejections.size === 0 && scene.problems.size === 0;
    const background = isCalm ? { node, proxy, checks: [...scene.standings.keys()] } : null;
    if (background === null || !isSame(background, this.#background)) this.#settled = new WeakSet();
    this.#background = background;
  }

  /** null: the status says it already. */
  newStatusOf(resource: Resource, scene: Scene): ResourceStatus | null {
    if (this.#settled.has(resource)) return null;
    const status = newStatusOf(resource, scene);
    if (status === null && this.#background !== null && isRemote(resource, scene))
      this.#settled.add(resource);
    return status;
  }
}

/** Of such a one nothing is told but what the background says. */
function isRemote(resource: Resource, { seen, standings }: Scene): boolean {
  switch (resource.kind) {
    case "VirtualIP":
      return !resource.spec.members.some(({ node }) => node === seen.node);
    case "HealthCheck":
      return !standings.has(nodeCheckId(resource));
    default: {
      const { healthCheck } = resource.spec;
      return healthCheck === undefined || !standings.has(`${resource.metadata.namespace}/${healthCheck}`);
    }
  }
}
