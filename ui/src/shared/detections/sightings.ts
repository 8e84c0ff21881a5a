/** What a person would call one thing seen: the recorder's event, with an end also while it goes on. */
import type { EventView } from '$backend/types';

export type SightingKind = 'motion' | 'object';

export interface Sighting {
  readonly id: number;
  readonly stream: string;
  readonly label: string;
  readonly kind: SightingKind;
  readonly fromMicros: number;
  readonly toMicros: number;
  /** The most of them on one frame. */
  readonly count: number;
}

export const kindOf = (label: string): SightingKind => (label.startsWith('motion') ? 'motion' : 'object');

/** `nowMicros` stands for the end of one that goes on. */
export const sightingOf = (event: EventView, nowMicros: number): Sighting => ({
  id: event.id,
  stream: event.stream,
  label: event.label,
  kind: event.kind === 'motion' ? 'motion' : 'object',
  fromMicros: event.from_micros,
  toMicros: event.to_micros ?? Math.max(event.from_micros, nowMicros),
  count: event.count,
});
