/** Taking the node out of service and back, over the local API. */
import type { FastifyInstance } from "fastify";
import { parseDrainRequest } from "../plan/drain-request.ts";
import { OperationFailure } from "../port/failure.ts";
import type { NodeDrain } from "../reconcile/drain.ts";

/**
 * `GET /v1/drain`: how far it is. `POST /v1/drain`: begins, or is refused with 409 and the objections. `POST /v1/undrain`.
 * Nothing here waits for packets: who wants to see the end of it asks again.
 */
export function serveDrain(server: FastifyInstance, drain: Pick<NodeDrain, "view" | "begin" | "end">): void {
  server.get("/v1/drain", () => drain.view());
  server.post("/v1/drain", async (request, reply) => {
    const order = parseDrainRequest(request.body);
    if (typeof order === "string") return reply.code(400).send({ message: order });
    return await refusable(reply, async () => {
      const answer = await drain.begin(order);
      return answer.ok ? answer : reply.code(409).send(answer);
    });
  });
  server.post("/v1/undrain", async (request, reply) => {
    const order = parseDrainRequest({ reason: "", isForced: false, ...(request.body as object | null) });
    if (typeof order === "string") return reply.code(400).send({ message: order });
    return await refusable(reply, () => drain.end(order.by));
  });
}

interface Replying {
  code(status: number): { send(body: object): unknown };
}

/** The disk that refuses is not the client's fault, and no bug either. */
async function refusable(reply: Replying, task: () => Promise<unknown>): Promise<unknown> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    return reply.code(503).send({ message: error.message });
  }
}
