/**
 * Figures: shares of samples, slopes, and the line that tells them.
 *
 * Belongs here: arithmetic over numbers that somebody else took. Not here: taking them, and what they
 * must be. Invariant: a figure is told whatever it is; only tests judge.
 */
import assert from 'node:assert/strict';

/** The smallest sample that `share` of all samples do not exceed. */
export function percentile(samples, share) {
  assert.ok(samples.length > 0, 'a percentile is taken of something');
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export const median = (samples) => percentile(samples, 0.5);

/** The medians of what came first and of what came last. */
export function halves(samples) {
  const middle = Math.floor(samples.length / 2);
  return [median(samples.slice(0, middle)), median(samples.slice(middle))];
}

/** How much `y` rises for each unit of `x`, by least squares over `[x, y]`. */
export function slope(points) {
  assert.ok(points.length > 1, 'a slope is laid through points');
  const mean = (place) => points.reduce((sum, point) => sum + point[place], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let rise = 0;
  let run = 0;
  for (const [x, y] of points) {
    rise += (x - meanX) * (y - meanY);
    run += (x - meanX) ** 2;
  }
  return rise / run;
}

/** Prints one figure with what GOALS ask, and hands back the share that was asked for. */
export function figure(id, samples, { unit = 'ms', goal = 'none', more = '' } = {}) {
  const told = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(samples, share));
  const rest = `p99 ${told(p99)} most ${told(Math.max(...samples))} of ${samples.length}`;
  console.log(`figure ${id} p50 ${told(p50)} p95 ${told(p95)} goal ${goal} (${rest}${more && `; ${more}`})`);
  return { p50, p95, p99 };
}

/** Numbers from 0 to 1, the same for the same seed. */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
