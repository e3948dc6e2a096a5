/** Waiting for the world, never for a while: resolves as soon as the claim holds, fails when it does not in time. */
export async function deadline(
  claim: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 5_000,
  lookIntervalMs = 2,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${claim}`);
    await new Promise((resolve) => setTimeout(resolve, lookIntervalMs));
  }
}
