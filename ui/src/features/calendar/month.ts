/**
 * A month as weeks of days, and how much of each is recorded.
 *
 * Belongs here: days of the zone that is shown, sums over them. Not here: asking, drawing.
 */
import type { ActivityView } from '$backend/types';
import { dayStart, instantOf, localDate } from '$shared/time/local';

export interface Day {
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly number: number;
  readonly isOfMonth: boolean;
}

export interface Month {
  readonly year: number;
  /** 0 to 11 */
  readonly month: number;
}

export interface Completeness {
  /** Of the day, over all streams together, 0 to 1. */
  readonly recorded: number;
  readonly missing: number;
  readonly missingMicros: number;
  /** Where the first bucket with footage begins, and where it ends. */
  readonly first: { readonly from: number; readonly to: number } | null;
}

const DAYS = 42;
export const BUCKET_MICROS = 1_800e6;

export function monthOf(micros: number): Month {
  const date = localDate(micros);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() };
}

export function monthBy({ year, month }: Month, by: number): Month {
  const date = new Date(Date.UTC(year, month + by, 1));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() };
}

/** Six weeks from the Monday at or before the first. */
export function daysOf({ year, month }: Month): Day[] {
  const weekday = (new Date(Date.UTC(year, month, 1)).getUTCDay() + 6) % 7;
  return Array.from({ length: DAYS }, (_, index) => {
    const fromMicros = instantOf(year, month, 1 - weekday + index);
    const date = localDate(fromMicros);
    return {
      fromMicros,
      toMicros: dayStart(fromMicros, 1),
      number: date.getUTCDate(),
      isOfMonth: date.getUTCMonth() === month,
    };
  });
}

/** A bucket belongs to the day of its middle. */
export function completenessOf(day: Day, activities: readonly ActivityView[]): Completeness {
  let recorded = 0;
  let missing = 0;
  let first: Completeness['first'] = null;
  for (const view of activities) {
    const bucket = view.bucket_micros;
    const low = Math.max(0, Math.ceil((day.fromMicros - view.from_micros) / bucket - 0.5));
    const high = Math.ceil((day.toMicros - view.from_micros) / bucket - 0.5);
    for (let index = low; index < Math.min(high, view.recorded.length); index += 1) {
      const share = view.recorded[index] ?? 0;
      recorded += (share / 1000) * bucket;
      missing += ((view.missing[index] ?? 0) / 1000) * bucket;
      const from = Math.max(day.fromMicros, view.from_micros + index * bucket);
      if (share > 0 && (first === null || from < first.from))
        first = { from, to: Math.min(day.toMicros, view.from_micros + (index + 1) * bucket) };
    }
  }
  const whole = Math.max(1, activities.length) * (day.toMicros - day.fromMicros);
  return {
    recorded: Math.min(1, recorded / whole),
    missing: Math.min(1, missing / whole),
    missingMicros: missing,
    first,
  };
}
