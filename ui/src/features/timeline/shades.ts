/** How much of a column is recorded, as one of a few shades. */

/** How many there are between nothing and whole. */
export const STEPS = 8;

/** Nearly whole is whole: the rest is rounding at the ends of fragments. */
const WHOLE = 0.995;

export const shadeOf = (share: number): number =>
  share <= 0 ? 0 : share >= WHOLE ? STEPS : Math.max(1, Math.ceil(share * (STEPS - 1)));
