import { describe, expect, it } from 'vitest';
import { Axis, minorStep, tickStep, ticks, TICK_STEPS } from './axis';
import { coverageOf, gapAt, isFault, union } from './coverage.svelte';

const S = 1e6;
const DAY = 86_400 * S;
const NOW = 1_790_000_000_000_000;

describe('axis', () => {
  it('maps instants to pixels and back', () => {
    const axis = new Axis({ from: NOW, to: NOW + 100 * S }, 200, 1000);
    expect(axis.pixelOf(NOW), 'the view begins at the left').toBe(200);
    expect(axis.pixelOf(NOW + 50 * S)).toBe(700);
    for (const pixel of [200, 333, 1200]) expect(axis.pixelOf(axis.instantAt(pixel))).toBeCloseTo(pixel, 6);
  });

  it('labels any span from a frame to ten years without crowding', () => {
    for (let span = 0.2 * S; span < 11 * 365 * DAY; span *= 1.7) {
      const axis = new Axis({ from: NOW - span, to: NOW }, 0, 1200);
      const step = tickStep(axis, 90);
      const marks = ticks(axis.view, step);
      expect(marks.length, `some labels over ${span / S} s`).toBeGreaterThanOrEqual(1);
      expect(marks.length, `not too many over ${span / S} s`).toBeLessThanOrEqual(14);
      expect(marks, 'in order').toEqual([...marks].sort((a, b) => a - b));
    }
  });

  it('puts days and months where the calendar has them', () => {
    const day = TICK_STEPS.find(({ unit, count }) => unit === 'day' && count === 1);
    const month = TICK_STEPS.find(({ unit, count }) => unit === 'month' && count === 1);
    if (day === undefined || month === undefined) throw new Error('there are days and months');
    for (const at of ticks({ from: NOW - 20 * DAY, to: NOW }, day)) {
      expect(new Date(at / 1000).getHours(), 'a day begins at midnight, summer time or not').toBe(0);
    }
    const months = ticks({ from: NOW - 400 * DAY, to: NOW }, month).map((at) =>
      new Date(at / 1000).getDate(),
    );
    expect(new Set(months), 'a month on its first').toEqual(new Set([1]));
    expect(months.length, 'every month of thirteen').toBe(13);
  });

  it('divides labels into finer marks', () => {
    const axis = new Axis({ from: NOW - 600 * S, to: NOW }, 0, 1200);
    const major = tickStep(axis, 90);
    const minor = minorStep(axis, major, 11);
    expect(minor?.micros, 'finer').toBeLessThan(major.micros);
    expect(major.micros % (minor?.micros ?? 1), 'and even').toBe(0);
  });
});

describe('coverage', () => {
  const coverage = coverageOf(
    {
      stream: 'door',
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-03-01T01:00:00.000Z',
      ranges: [
        { from: '2026-03-01T00:00:00.000Z', to: '2026-03-01T00:10:00.000Z', fragments: 300, bytes: 9 },
      ],
      gaps: [
        {
          from: '2026-03-01T00:10:00.000Z',
          to: '2026-03-01T00:20:00.000Z',
          reason: 'disk_full',
          detail: null,
        },
      ],
    },
    { from: 0, to: 1 },
  );
  const at = (minute: number): number => Date.parse('2026-03-01T00:00:00Z') * 1000 + minute * 60 * S;

  it('finds the reason for what is missing', () => {
    expect(gapAt(coverage, at(12))?.reason).toBe('disk_full');
    expect(gapAt(coverage, at(5)), 'recorded').toBeNull();
    expect(gapAt(coverage, at(20)), 'the gap is over at its end').toBeNull();
    expect([isFault('disk_full'), isFault('stopped_by_operator')], 'only one of them is a fault').toEqual([
      true,
      false,
    ]);
  });

  it('joins what several cameras have', () => {
    const of = (...ranges: [number, number][]): typeof coverage => ({
      asked: { from: 0, to: 99 },
      recorded: ranges.map(([from, to]) => ({ from, to })),
      gaps: [],
    });
    expect(union([of([0, 10], [20, 30]), of([5, 12], [30, 40])])).toEqual([
      { from: 0, to: 12 },
      { from: 20, to: 40 },
    ]);
  });
});
