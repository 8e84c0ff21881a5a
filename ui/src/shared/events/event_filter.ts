/** Lists of events: joining pages, marks, and the words for them. Pure. */
import type { TimeRange } from '$backend/backend';
import type { EventKind, EventView } from '$backend/types';
import type { Region } from '$shared/regions/region';
import { reasonLabel } from '$shared/time/format';

export interface EventFilterChoice {
  readonly stream: string | null;
  readonly kind: EventKind | null;
  readonly label: string | null;
  readonly isUnseen: boolean;
  /** Of the camera's picture; never without a camera. */
  readonly region: SearchedRegion | null;
  readonly span: SpanId;
  /** Where the span is a selection: that one, whatever is selected later. */
  readonly range: TimeRange | null;
}

export interface SearchedRegion {
  /** Of a zone. */
  readonly name: string | null;
  readonly region: Region;
}

export const NO_FILTER: EventFilterChoice = {
  stream: null,
  kind: null,
  label: null,
  isUnseen: false,
  region: null,
  span: 'month',
  range: null,
};

export type SpanId = 'hour' | 'day' | 'week' | 'month' | 'selection';

const DAY_MICROS = 86_400e6;

/** Back from now. */
export const SPANS: readonly (readonly [Exclude<SpanId, 'selection'>, string, number])[] = [
  ['hour', 'Last hour', 3600e6],
  ['day', 'Last 24 hours', DAY_MICROS],
  ['week', 'Last 7 days', 7 * DAY_MICROS],
  ['month', 'Last 31 days', 31 * DAY_MICROS],
];

export const isFiltered = (filter: EventFilterChoice): boolean =>
  filter.stream !== null ||
  filter.kind !== null ||
  filter.label !== null ||
  filter.isUnseen ||
  filter.region !== null ||
  filter.span !== 'month';

/** A region belongs to one camera's picture: with another camera it means nothing. */
export function narrowed(filter: EventFilterChoice, change: Partial<EventFilterChoice>): EventFilterChoice {
  const next = { ...filter, ...change };
  const isOtherCamera =
    next.stream === null || (filter.stream !== next.stream && change.region === undefined);
  return {
    ...next,
    region: isOtherCamera ? null : next.region,
    range: next.span === 'selection' ? next.range : null,
  };
}

export function rangeOf(filter: EventFilterChoice, nowMicros: number): TimeRange {
  if (filter.range !== null) return filter.range;
  const span = SPANS.find(([id]) => id === filter.span)?.[2] ?? 31 * DAY_MICROS;
  return { from: nowMicros - span, to: nowMicros };
}

/** `in the last hour`, for a sentence. */
export function spanWords({ span }: EventFilterChoice): string {
  if (span === 'selection') return 'in that selection';
  return `in the ${(SPANS.find(([id]) => id === span)?.[1] ?? 'Last 31 days').toLowerCase()}`;
}

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
