/** What the store answers is what it holds, not a copy: so nobody may change it, and whoever tries is told where. */

/** Everything in `value` as well. What is frozen already is so through and through: values are frozen only here. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
