/** Time on a line: instants to pixels and back, and which labels fit. No painting, no DOM. */
import type { TimeRange } from '$backend/backend';
import { instantOf, localDate } from '$shared/time/local';

export class Axis {
  readonly view: TimeRange;
  readonly left: number;
  readonly width: number;

  /** Spreads `view` over `width` pixels from `left`. */
  constructor(view: TimeRange, left: number, width: number) {
    this.view = view;
    this.left = left;
    this.width = Math.max(1, width);
  }

  get microsPerPixel(): number {
    return (this.view.to - this.view.from) / this.width;
  }

  pixelOf(atMicros: number): number {
    return this.left + (atMicros - this.view.from) / this.microsPerPixel;
  }

  instantAt(pixel: number): number {
    return this.view.from + (pixel - this.left) * this.microsPerPixel;
  }

  isInSight(range: TimeRange): boolean {
    return range.to > this.view.from && range.from < this.view.to;
  }
}

export type TickUnit = 'millisecond' | 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year';

export interface TickStep {
  readonly unit: TickUnit;
  readonly count: number;
  /** Nominal. Months and years are laid by the calendar. */
  readonly micros: number;
}

const step = (unit: TickUnit, count: number, micros: number): TickStep => ({
  unit,
  count,
  micros: count * micros,
});
const MS = 1e3;
const S = 1e6;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

export const TICK_STEPS: readonly TickStep[] = [
  ...[10, 20, 50, 100, 200, 500].map((count) => step('millisecond', count, MS)),
  ...[1, 2, 5, 10, 30].map((count) => step('second', count, S)),
  ...[1, 2, 5, 10, 30].map((count) => step('minute', count, MIN)),
  ...[1, 3, 6, 12].map((count) => step('hour', count, H)),
  ...[1, 2, 7].map((count) => step('day', count, D)),
  ...[1, 3, 6].map((count) => step('month', count, 30.44 * D)),
  ...[1, 2, 5].map((count) => step('year', count, 365.25 * D)),
];

/** The finest step whose labels keep `labelPixels` between them. */
export function tickStep(axis: Axis, labelPixels: number): TickStep {
  const least = axis.microsPerPixel * labelPixels;
  const fitting = TICK_STEPS.find((candidate) => candidate.micros >= least) ?? TICK_STEPS.at(-1);
  if (fitting === undefined) throw new Error('There are tick steps.');
  return fitting;
}

/** A step that divides `major` and keeps `pixels` between its marks; null when none does. */
export function minorStep(axis: Axis, major: TickStep, pixels: number): TickStep | null {
  const least = axis.microsPerPixel * pixels;
  const fitting = TICK_STEPS.find(
    (candidate) =>
      candidate.micros >= least &&
      candidate.micros < major.micros * 0.75 &&
      Math.abs(Math.round(major.micros / candidate.micros) - major.micros / candidate.micros) < 0.06,
  );
  return fitting ?? null;
}

/** The instants of a step within the view, by the calendar of the zone that is shown. */
export function ticks(view: TimeRange, size: TickStep): number[] {
  const start = localDate(view.from);
  const result: number[] = [];
  for (let index = 0; index < 2_000; index += 1) {
    const at = tick(start, view.from, size, index);
    if (at > view.to) break;
    if (at >= view.from) result.push(at);
  }
  return result;
}

/** The `index`-th tick from the last one at or before the start. */
function tick(start: Date, startMicros: number, { unit, count, micros }: TickStep, index: number): number {
  const [year, month, day] = [start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate()];
  const floor = (value: number): number => Math.floor(value / count) * count;
  const by = count * index;
  switch (unit) {
    case 'year':
      return instantOf(floor(year) + by, 0, 1);
    case 'month':
      return instantOf(year, floor(month) + by, 1);
    case 'day':
      // Weeks begin on Monday; other steps count within the month.
      return count === 7
        ? instantOf(year, month, day - ((start.getUTCDay() + 6) % 7) + by)
        : instantOf(year, month, floor(day - 1) + 1 + by);
    case 'hour':
      return instantOf(year, month, day, floor(start.getUTCHours())) + micros * index;
    case 'minute':
      return instantOf(year, month, day, start.getUTCHours(), floor(start.getUTCMinutes())) + micros * index;
    case 'second':
    case 'millisecond':
      // Zones differ by whole minutes: below that all clocks tick together.
      return Math.floor(startMicros / micros) * micros + micros * index;
  }
}
