import { describe, expect, it } from 'vitest';
import { recordedNear } from './thumbnails.svelte';

const S = 1e6;
const recorded = [
  { from: 10 * S, to: 20 * S },
  { from: 23 * S, to: 30 * S },
];

describe('the picture under the pointer', () => {
  it('is of an instant that is recorded', () => {
    expect(recordedNear(recorded, { from: 12 * S, to: 14 * S }), 'the middle, if it is').toBe(13 * S);
    expect(recordedNear(recorded, { from: 18 * S, to: 24 * S }), 'otherwise the nearest to it').toBe(
      20 * S - 1_000,
    );
    expect(recordedNear(recorded, { from: 0, to: 100 * S }), 'of a place as wide as all of it').toBe(
      30 * S - 1_000,
    );
  });

  it('is not asked for where there is none', () => {
    expect(recordedNear(recorded, { from: 20.1 * S, to: 22.9 * S })).toBeNull();
    expect(recordedNear([], { from: 0, to: S })).toBeNull();
    expect(recordedNear(recorded, { from: 31 * S, to: 90 * S }), 'nor of times to come').toBeNull();
  });
});
