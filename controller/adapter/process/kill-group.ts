/** Signals to a process group. */

/** Does nothing when nobody is left in the group. */
export function killGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // EPERM: those who are left have become another user's, and are that user's to end.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
