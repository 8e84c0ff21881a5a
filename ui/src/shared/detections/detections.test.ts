import { describe, expect, it } from 'vitest';
import type { DetectionView } from '$backend/types';
import { boxesFor } from './boxes';
import { joinSightings } from './sightings';

const S = 1e6;
const seen = (
  label: string,
  second: number,
  fragment = second,
  more: Partial<DetectionView> = {},
): DetectionView => ({
  stream: 'door',
  fragment,
  sample: 0,
  at: '',
  at_micros: second * S,
  model: 'yolox-nano',
  label,
  score: 0.5,
  box: [0, 0, 0.1, 0.1],
  ...more,
});

describe('sightings', () => {
  it('join what belongs together', () => {
    const joined = joinSightings([
      seen('person', 10),
      seen('person', 12, 12, { score: 0.9 }),
      seen('person', 12),
      seen('motion', 12),
      seen('person', 14),
      seen('person', 40),
      seen('person', 11, 11, { stream: 'yard' }),
    ]);
    expect(
      joined.map(({ stream, label, fromMicros, toMicros }) => [stream, label, fromMicros / S, toMicros / S]),
    ).toEqual([
      ['door', 'person', 10, 14],
      ['yard', 'person', 11, 11],
      ['door', 'motion', 12, 12],
      ['door', 'person', 40, 40],
    ]);
    expect(joined[0], 'two at once, and the best of them').toMatchObject({
      count: 2,
      score: 0.9,
      bestAtMicros: 12 * S,
    });
    expect(joined[2]?.kind).toBe('motion');
  });
});

describe('boxes', () => {
  const detections = [seen('person', 10, 5), seen('person', 12, 6), seen('dog', 12, 6, { sample: 3 })];

  it('belong to the frame by its identity', () => {
    const exact = boxesFor(detections, { fragment: 6, sample: 3, atMicros: 12 * S });
    expect(exact?.isExact).toBe(true);
    expect(
      exact?.detections.map(({ label }) => label),
      'not those of the frame at the same time',
    ).toEqual(['dog']);
  });

  it('stay a moment, marked as old, and go', () => {
    const held = boxesFor(detections, { fragment: 5, sample: 9, atMicros: 10.4 * S });
    expect([held?.isExact, held?.detections.length]).toEqual([false, 1]);
    expect(boxesFor(detections, { fragment: 5, sample: 40, atMicros: 11.8 * S }), 'too long ago').toBeNull();
    expect(
      boxesFor(detections, { fragment: 4, sample: 0, atMicros: 9.9 * S }),
      'never before they were seen',
    ).toBeNull();
  });

  it('of live frames go by their instant', () => {
    expect(boxesFor(detections, { fragment: null, sample: null, atMicros: 10 * S })?.isExact).toBe(true);
  });
});
