/** Time on a line: instants to pixels and back, and which labels fit. No painting, no DOM. */
import type { TimeRange } from '$backend/backend';

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

/** The instants of a step within the view, by the calendar of the machine's zone. */
export function ticks(view: TimeRange, size: TickStep): number[] {
  const start = floored(new Date(view.from / 1000), size);
  const result: number[] = [];
  for (let index = 0; index < 2_000; index += 1) {
    const at = advanced(start, size, index) * 1000;
    if (at > view.to) break;
    if (at >= view.from) result.push(at);
  }
  return result;
}

/** The last tick at or before a date, in local time. */
function floored(date: Date, { unit, count }: TickStep): Date {
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  const floor = (value: number): number => Math.floor(value / count) * count;
  switch (unit) {
    case 'year':
      return new Date(floor(year), 0, 1);
    case 'month':
      return new Date(year, floor(month), 1);
    case 'day':
      // Weeks begin on Monday; other steps count within the month.
      return count === 7
        ? new Date(year, month, day - ((date.getDay() + 6) % 7))
        : new Date(year, month, floor(day - 1) + 1);
    case 'hour':
      return new Date(year, month, day, floor(date.getHours()));
    case 'minute':
      return new Date(year, month, day, date.getHours(), floor(date.getMinutes()));
    case 'second':
      return new Date(year, month, day, date.getHours(), date.getMinutes(), floor(date.getSeconds()));
    case 'millisecond':
      return new Date(floor(date.getTime()));
  }
}

/** Milliseconds since 1970 of the `index`-th tick after `start`. */
function advanced(start: Date, { unit, count }: TickStep, index: number): number {
  const by = count * index;
  switch (unit) {
    case 'year':
      return new Date(start.getFullYear() + by, 0, 1).getTime();
    case 'month':
      return new Date(start.getFullYear(), start.getMonth() + by, 1).getTime();
    case 'day':
      return new Date(start.getFullYear(), start.getMonth(), start.getDate() + by).getTime();
    case 'hour':
      return start.getTime() + by * 3_600_000;
    case 'minute':
      return start.getTime() + by * 60_000;
    case 'second':
      return start.getTime() + by * 1_000;
    case 'millisecond':
      return start.getTime() + by;
  }
}
