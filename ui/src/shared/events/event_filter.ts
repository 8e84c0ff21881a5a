/** Lists of events: joining pages, marks, and the words for them. Pure. */
import type { EventKind, EventView } from '$backend/types';
import { reasonLabel } from '$shared/time/format';

export interface EventFilterChoice {
  readonly stream: string | null;
  readonly kind: EventKind | null;
  readonly label: string | null;
  readonly isUnseen: boolean;
}

export const NO_FILTER: EventFilterChoice = { stream: null, kind: null, label: null, isUnseen: false };

export const KINDS: readonly (readonly [EventKind, string])[] = [
  ['sighting', 'Sightings'],
  ['motion', 'Motion'],
  ['camera_down', 'Camera down'],
  ['damage', 'Damage'],
];

/** Newest first, one of each: where both know one, what the first says holds. */
export function joinedEvents(newer: readonly EventView[], older: readonly EventView[]): readonly EventView[] {
  const known = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !known.has(id))].sort(
    (a, b) => b.from_micros - a.from_micros || b.id - a.id,
  );
}

export const withSeen = (
  events: readonly EventView[],
  ids: readonly number[],
  seen: boolean,
): readonly EventView[] => events.map((event) => (ids.includes(event.id) ? { ...event, seen } : event));

/** `3 people` is beyond us; `Person ×3` is not. */
export function eventTitle({ kind, label, count }: EventView): string {
  if (kind === 'damage') return 'Damaged footage';
  if (kind === 'motion') return 'Motion';
  const name = reasonLabel(label);
  return kind === 'sighting' && count > 1 ? `${name} ×${count}` : name;
}

/** The labels that there are, for the filter; the chosen one stays. */
export function labelsOf(events: readonly EventView[], chosen: string | null): readonly string[] {
  const labels = new Set(events.filter(({ kind }) => kind === 'sighting').map(({ label }) => label));
  if (chosen !== null) labels.add(chosen);
  return [...labels].sort();
}
