import { describe, expect, it } from 'vitest';
import type { EventView } from '$backend/types';
import { eventTitle, joinedEvents, labelsOf, withSeen } from './event_filter';

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
