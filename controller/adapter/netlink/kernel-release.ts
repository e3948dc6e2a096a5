/** What is known of a kernel by its release (`uname -r`). */

/** IFA_PROTO: what an address carries as our mark. */
const MARK_SINCE = [5, 18] as const;

/** Whether it certainly keeps the mark of an address. An older one may, with what its distribution has added to it. */
export function surelyKeepsMark(release: string): boolean {
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  const [sinceMajor, sinceMinor] = MARK_SINCE;
  return Number(major) > sinceMajor || (Number(major) === sinceMajor && Number(minor) >= sinceMinor);
}
