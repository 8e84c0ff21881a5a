import { describe, expect, it } from 'vitest';
import type { ActivityView } from '$backend/types';
import { instantOf, localDate } from '$shared/time/local';
import { BUCKET_MICROS, completenessOf, daysOf, monthBy, monthOf } from './month';

const NOVEMBER = { year: 2026, month: 10 };

function activityFrom(from: number, recorded: number[], missing: number[] = []): ActivityView {
  const none = recorded.map(() => 0);
  return {
    stream: 'door',
    from_micros: from,
    bucket_micros: BUCKET_MICROS,
    recorded,
    missing: recorded.map((_, index) => missing[index] ?? 0),
    motion: none,
    objects: none,
    events: none,
    reason: recorded.map(() => -1),
    reasons: [],
  };
}

describe('a month', () => {
  it('is six weeks from a Monday, without a hole or an overlap', () => {
    const days = daysOf(NOVEMBER);
    expect(days).toHaveLength(42);
    expect(localDate(days[0]?.fromMicros ?? 0).getUTCDay(), 'Monday').toBe(1);
    expect(
      days
        .filter(({ isOfMonth }) => isOfMonth)
        .map(({ number }) => number)
        .at(-1),
    ).toBe(30);
    days.slice(1).forEach((day, index) => expect(day.fromMicros).toBe(days[index]?.toMicros));
  });

  it('leads to its neighbours over the year', () => {
    expect(monthBy({ year: 2026, month: 11 }, 1)).toEqual({ year: 2027, month: 0 });
    expect(monthBy({ year: 2026, month: 0 }, -1)).toEqual({ year: 2025, month: 11 });
    expect(monthOf(instantOf(2026, 10, 23, 12))).toEqual(NOVEMBER);
  });
});

describe('how much of a day is there', () => {
  const day = daysOf(NOVEMBER).find(({ number, isOfMonth }) => number === 10 && isOfMonth);
  if (day === undefined) throw new Error('November has a tenth');

  it('counts what is recorded and what is missing of this day alone', () => {
    // The day before ends whole; the day itself has six hours, one of them missing.
    const recorded = [...Array<number>(4).fill(1000), ...Array<number>(10).fill(1000), 0, 0];
    const missing = [...Array<number>(14).fill(0), 1000, 1000];
    const told = completenessOf(day, [activityFrom(day.fromMicros - 4 * BUCKET_MICROS, recorded, missing)]);
    expect(told.recorded).toBeCloseTo(5 / 24);
    expect(told.missing).toBeCloseTo(1 / 24);
    expect(told.missingMicros).toBe(2 * BUCKET_MICROS);
  });

  it('is the mean of several cameras, and begins with the first of them', () => {
    const late = activityFrom(day.fromMicros, [
      ...Array<number>(24).fill(0),
      ...Array<number>(24).fill(1000),
    ]);
    const never = activityFrom(day.fromMicros, Array<number>(48).fill(0));
    const told = completenessOf(day, [late, never]);
    expect(told.recorded).toBeCloseTo(0.25);
    expect(told.first?.from).toBe(day.fromMicros + 24 * BUCKET_MICROS);
    expect(completenessOf(day, [never]).first, 'nothing to go to').toBeNull();
  });
});
