import { describe, expect, it } from 'vitest';
import type { EventView } from '$backend/types';
import { stillTimes } from './still_times';

const event = (more: Partial<EventView>): EventView => ({
  id: 1,
  stream: 'gate',
  kind: 'sighting',
  label: 'person',
  count: 1,
  from_micros: 100e6,
  to_micros: 110e6,
  at_micros: 104e6,
  score: null,
  detail: null,
  fragment: null,
  sample: null,
  seen: false,
  ...more,
});
const NOW = 1_000e6;
const seconds = (times: readonly number[]): number[] => times.map((at) => at / 1e6);

describe('the stills of an event', () => {
  it('show what led to it, its best frame and what followed, five at most', () => {
    expect(seconds(stillTimes(event({}), NOW))).toEqual([99, 100, 104, 105, 111]);
  });

  it('are fewer for what was over at once', () => {
    expect(seconds(stillTimes(event({ to_micros: 100e6, at_micros: 100e6 }), NOW))).toEqual([99, 100, 101]);
  });

  it('are of what has happened', () => {
    const times = stillTimes(event({ to_micros: null, at_micros: 100e6 }), 104.5e6);
    expect(seconds(times), 'not of what is still being written').toEqual([99, 100]);
  });

  it('of a long event are of its beginning', () => {
    expect(Math.max(...seconds(stillTimes(event({ to_micros: 900e6 }), NOW)))).toBeLessThanOrEqual(121);
  });
});
