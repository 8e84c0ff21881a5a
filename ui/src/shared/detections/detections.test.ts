import { describe, expect, it } from 'vitest';
import type { Backend, TimeRange } from '$backend/backend';
import { success } from '$backend/result';
import type { DetectionView } from '$backend/types';
import { boxesFor } from './boxes';
import { DetectionStore } from './detection_store.svelte';

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

describe('detections around the playhead', () => {
  it('are all there, however many there are on each frame', async () => {
    const frames = Array.from({ length: 900 }, (_, frame) => frame / 25);
    const crowd = frames.flatMap((second) =>
      ['a', 'b', 'c'].map((label) => seen(label, second, Math.floor(second))),
    );
    const detections = (_: string, range: TimeRange, limit: number): ReturnType<Backend['detections']> => {
      const all = crowd.filter(({ at_micros: at }) => range.from <= at && at < range.to);
      return Promise.resolve(
        success({ stream: 'door', detections: all.slice(0, limit), more: all.length > limit }),
      );
    };
    const store = new DetectionStore({ detections } as unknown as Backend, () => 100 * S);
    store.wantNear(['door'], 6 * S);
    await expect
      .poll(() => store.near.get('door')?.detections.length, { message: 'each once' })
      .toBe(crowd.length);
    expect(store.near.get('door')?.detections.at(-1)?.at_micros, 'the newest too').toBe(35.96 * S);
  });
});
