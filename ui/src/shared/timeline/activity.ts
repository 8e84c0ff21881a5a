/**
 * Activity as pixels: sums over buckets laid on the columns of a line.
 *
 * Belongs here: the arithmetic. Not here: when to ask ({@link ./activity_store.svelte}), ink.
 * Invariant: the cost depends on the width and the number of buckets, never on the span.
 */
import type { TimeRange } from '$backend/backend';
import type { ActivityView } from '$backend/types';
import type { Axis } from './axis';

export interface Activity {
  /** What was asked for; outside it nothing is known. */
  readonly asked: TimeRange;
  readonly view: ActivityView;
}

/** One number per pixel of an axis. Shares are 0 to 1. */
export interface Columns {
  readonly recorded: Float32Array;
  readonly missing: Float32Array;
  /** Index into `reasons`, -1 where nothing is missing. */
  readonly reason: Int16Array;
  readonly reasons: string[];
  /** Frames a second with motion, with objects. */
  readonly motion: Float32Array;
  readonly objects: Float32Array;
}

/** Below this many microseconds a pixel, exact ranges are drawn. */
export const EXACT_MICROS_PER_PIXEL = 1e6;

export const isExact = (axis: Axis): boolean => axis.microsPerPixel <= EXACT_MICROS_PER_PIXEL;

const countOf = (width: number): number => Math.max(0, Math.ceil(width));

export function emptyColumns(width: number): Columns {
  const count = countOf(width);
  return {
    recorded: new Float32Array(count),
    missing: new Float32Array(count),
    reason: new Int16Array(count).fill(-1),
    reasons: [],
    motion: new Float32Array(count),
    objects: new Float32Array(count),
  };
}

/** Columns that are used again by the next painting: nothing is left behind by the sixtieth of a second. */
export class Sheets {
  readonly #sheets: Columns[] = [];
  #used = 0;

  /** All of them are free again; what was handed out is no longer anybody's. */
  clear(): void {
    this.#used = 0;
  }

  /** An empty one. */
  next(width: number): Columns {
    const kept = this.#sheets[this.#used];
    const sheet = kept?.recorded.length === countOf(width) ? wiped(kept) : emptyColumns(width);
    this.#sheets[this.#used] = sheet;
    this.#used += 1;
    return sheet;
  }
}

/** The same, empty again. */
export function wiped(columns: Columns): Columns {
  for (const values of [columns.recorded, columns.missing, columns.motion, columns.objects]) values.fill(0);
  columns.reason.fill(-1);
  columns.reasons.length = 0;
  return columns;
}

/**
 * Lays an activity on the axis, over what was laid before: first the coarse, then the fine.
 * A column takes the whole of its buckets where they are finer than a pixel, so that nothing short
 * is lost between two of them. What `finer` is going to cover is left to it.
 */
export function lay(columns: Columns, activity: Activity, axis: Axis, finer?: Activity): void {
  const width = columns.recorded.length;
  const { first, last } = columnsTold(activity, axis, width);
  const covered = finer === undefined ? NOTHING : columnsTold(finer, axis, width);
  const names = activity.view.reasons.map((name) => reasonIndex(columns, name));
  if (covered.first > covered.last) layBetween(columns, activity, axis, names, first, last);
  else {
    layBetween(columns, activity, axis, names, first, Math.min(last, covered.first - 1));
    layBetween(columns, activity, axis, names, Math.max(first, covered.last + 1), last);
  }
}

/** The first and the last column; the last is before the first where there are none. */
interface Span {
  readonly first: number;
  readonly last: number;
}

const NOTHING: Span = { first: 0, last: -1 };

/** Of which columns an activity tells. */
function columnsTold({ asked, view }: Activity, axis: Axis, width: number): Span {
  const perPixel = axis.microsPerPixel;
  const end = Math.min(asked.to, view.from_micros + view.recorded.length * view.bucket_micros);
  const start = Math.max(asked.from, view.from_micros);
  return {
    first: Math.max(0, Math.floor((start - axis.view.from) / perPixel)),
    last: Math.min(width - 1, Math.ceil((end - axis.view.from) / perPixel) - 1),
  };
}

function layBetween(
  columns: Columns,
  { view }: Activity,
  axis: Axis,
  names: readonly number[],
  first: number,
  last: number,
): void {
  const perPixel = axis.microsPerPixel;
  const bucket = view.bucket_micros;
  const count = view.recorded.length;
  for (let x = first; x <= last; x += 1) {
    const from = axis.view.from + x * perPixel;
    const low = Math.min(count - 1, Math.max(0, Math.floor((from - view.from_micros) / bucket)));
    const high = Math.min(
      count - 1,
      Math.max(low, Math.ceil((from + perPixel - view.from_micros) / bucket) - 1),
    );
    let recorded = 0;
    let missing = 0;
    let motion = 0;
    let objects = 0;
    let worst = -1;
    let reason = -1;
    for (let index = low; index <= high; index += 1) {
      const lost = view.missing[index] ?? 0;
      recorded += view.recorded[index] ?? 0;
      missing += lost;
      motion += view.motion[index] ?? 0;
      objects += view.objects[index] ?? 0;
      const named = view.reason[index] ?? -1;
      if (named >= 0 && lost > worst) {
        worst = lost;
        reason = names[named] ?? -1;
      }
    }
    const buckets = high - low + 1;
    const seconds = (buckets * bucket) / 1e6;
    columns.recorded[x] = recorded / buckets / 1000;
    columns.missing[x] = missing / buckets / 1000;
    columns.reason[x] = reason;
    columns.motion[x] = motion / seconds;
    columns.objects[x] = objects / seconds;
  }
}

function reasonIndex(columns: Columns, name: string): number {
  const known = columns.reasons.indexOf(name);
  return known >= 0 ? known : columns.reasons.push(name) - 1;
}

/** Neighbouring columns of equal value, as `[from, to)` in pixels. */
export function runs(
  count: number,
  valueOf: (x: number) => number,
  each: (value: number, from: number, to: number) => void,
): void {
  let from = 0;
  let value = count > 0 ? valueOf(0) : 0;
  for (let x = 1; x <= count; x += 1) {
    const next = x < count ? valueOf(x) : Number.NaN;
    if (next === value) continue;
    each(value, from, x);
    [from, value] = [x, next];
  }
}

export interface BucketTold {
  readonly recorded: number;
  readonly missing: number;
  readonly reason: string | null;
  readonly micros: number;
}

/** What the activity says of one instant; null where it is not known. */
export function toldAt(activity: Activity | undefined, atMicros: number): BucketTold | null {
  if (activity === undefined) return null;
  const { view, asked } = activity;
  const index = Math.floor((atMicros - view.from_micros) / view.bucket_micros);
  if (atMicros < asked.from || atMicros >= asked.to || view.recorded[index] === undefined) return null;
  return {
    recorded: view.recorded[index] / 1000,
    missing: (view.missing[index] ?? 0) / 1000,
    reason: view.reasons[view.reason[index] ?? -1] ?? null,
    micros: view.bucket_micros,
  };
}
