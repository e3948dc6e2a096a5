/** For how long the kernel keeps an address that nobody refreshes: whole seconds, which is what it counts; `null`: for ever. */
export type Lifetime = number | null;
