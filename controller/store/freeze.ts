/** What the store answers is what it holds, not a copy: so nobody may change it, and whoever tries is told where. */

/** Everything in `value` as well. What is frozen already is so through and through: values are frozen only here. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  // What is JSON has no other keys. A list of the values would be made and thrown away for each of 400,000 objects of a large store.
  for (const key in value) freeze(value[key]);
  return Object.freeze(value);
}
