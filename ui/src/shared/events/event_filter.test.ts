import { describe, expect, it } from 'vitest';
import type { EventView } from '$backend/types';
import {
  eventTitle,
  isFiltered,
  joinedEvents,
  labelsOf,
  narrowed,
  NO_FILTER,
  rangeOf,
  spanWords,
  withSeen,
} from './event_filter';

const event = (id: number, more: Partial<EventView> = {}): EventView => ({
  id,
  stream: 'gate',
  kind: 'sighting',
  label: 'person',
  count: 1,
  from_micros: id * 1e6,
  to_micros: null,
  at_micros: id * 1e6,
  score: null,
  detail: null,
  fragment: null,
  sample: null,
  seen: false,
  ...more,
});

describe('a list of events', () => {
  it('is the newest first, and what was heard last of one holds', () => {
    const known = [event(3), event(2)];
    const joined = joinedEvents([event(4), event(3, { to_micros: 5e6 })], known);
    expect(joined.map(({ id }) => id)).toEqual([4, 3, 2]);
    expect(joined[1]?.to_micros, 'it has ended meanwhile').toBe(5e6);
  });

  it('marks only what was meant', () => {
    expect(withSeen([event(1), event(2)], [2], true).map(({ seen }) => seen)).toEqual([false, true]);
  });

  it('names what it is', () => {
    expect(eventTitle(event(1, { count: 3 }))).toBe('Person ×3');
    expect(eventTitle(event(1, { kind: 'camera_down', label: 'camera_silent' }))).toBe('Camera silent');
    expect(eventTitle(event(1, { kind: 'damage', label: 'checksum' }))).toBe('Damaged footage');
  });

  it('offers the labels that there are, and the one that is chosen', () => {
    const events = [event(1), event(2, { label: 'car' }), event(3, { kind: 'camera_down', label: 'x' })];
    expect(labelsOf(events, 'bus')).toEqual(['bus', 'car', 'person']);
  });
});

describe('what events are narrowed to', () => {
  const region = { name: null, region: { x: 0, y: 0, width: 0.5, height: 0.5 } };
  const drawn = narrowed(NO_FILTER, { stream: 'gate', region });

  it('loses its region with its camera', () => {
    expect(drawn.region).toEqual(region);
    expect(narrowed(drawn, { kind: 'motion' }).region, 'another kind looks at the same place').toEqual(
      region,
    );
    expect(narrowed(drawn, { stream: 'yard' }).region, 'another picture has other places').toBeNull();
    expect(narrowed(drawn, { stream: null }).region).toBeNull();
  });

  it('reaches back from now, or keeps the selection that was meant', () => {
    const now = 1e15;
    expect(rangeOf(narrowed(NO_FILTER, { span: 'hour' }), now)).toEqual({ from: now - 3600e6, to: now });
    const range = { from: 1, to: 2 };
    const selected = narrowed(NO_FILTER, { span: 'selection', range });
    expect(rangeOf(selected, now), 'whatever is selected later').toEqual(range);
    expect(rangeOf(narrowed(selected, { span: 'day' }), now).to, 'and lets go of it').toBe(now);
  });

  it('says so', () => {
    expect(isFiltered(NO_FILTER)).toBe(false);
    expect(isFiltered(narrowed(NO_FILTER, { span: 'week' }))).toBe(true);
    expect(spanWords(NO_FILTER)).toBe('in the last 31 days');
  });
});
