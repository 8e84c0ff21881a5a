/**
 * Small pictures of what lies under the pointer, and of what lies around the playhead before the pointer is
 * there: asked for one, the recorder has its neighbours made as well.
 *
 * Belongs here: waiting until the pointer rests, giving up what is no longer wanted, keeping a few.
 * Not here: where they stand. Invariants: a recorder that makes none costs one question a minute; no
 * picture is asked for where nothing is recorded.
 */
import type { Backend, TimeRange } from '$backend/backend';
import { microsOf } from '$shared/time/format';
import type { Axis } from '$shared/timeline/axis';

const REST_MS = 70;
/** Who steps or seeks on is not there yet. */
const STAND_MS = 400;
const MOST_KEPT = 160;
const WIDTH = 192;
/** Pictures this many pixels apart are told apart. */
const GRAIN_PIXELS = 4;
const FINEST_MICROS = 1e6;
const QUIET_MS = 60_000;
/** What was recorded is listed in whole milliseconds. */
const ROUNDING_MICROS = 1_000;

/** Instants this near to each other share a picture. */
export const grainOf = (axis: Axis): number => Math.max(FINEST_MICROS, GRAIN_PIXELS * axis.microsPerPixel);

export interface Thumbnail {
  readonly key: string;
  readonly address: string;
}

export class Thumbnails {
  current = $state.raw<Thumbnail | null>(null);
  readonly #backend: Backend;
  /** Oldest first; an address lives as long as it is in here. */
  readonly #kept = new Map<string, string>();
  #request: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #wanted: string | null = null;
  #preparing: { readonly key: string; readonly timer: ReturnType<typeof setTimeout> } | null = null;
  #quietUntilMs = -Infinity;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /**
   * The picture at an instant, sooner or later; instants within `grain` share one, of what is recorded
   * there. `recorded` are the ranges of the stream around it; null where only the recorder knows them.
   */
  want(stream: string, atMicros: number, grainMicros: number, recorded: readonly TimeRange[] | null): void {
    const place = placeAt(atMicros, grainMicros);
    const at = recorded === null ? place.from : recordedNear(recorded, place);
    if (at === null) {
      this.clear();
      return;
    }
    const key = keyOf(stream, place);
    if (key === this.#wanted) return;
    this.clear();
    this.#wanted = key;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.current = { key, address: kept };
      return;
    }
    if (performance.now() < this.#quietUntilMs) return;
    const known = recorded === null ? null : at;
    this.#timer = setTimeout(() => {
      this.#request = new AbortController();
      void this.#fetch(key, stream, place, known, this.#request.signal);
    }, REST_MS);
  }

  /** The playhead stands here, and the pointer may come: has the picture made, and those beside it. */
  prepare(stream: string, atMicros: number, grainMicros: number, recorded: readonly TimeRange[]): void {
    const place = placeAt(atMicros, grainMicros);
    const key = keyOf(stream, place);
    if (key === this.#preparing?.key) return;
    this.leave();
    const at = recordedNear(recorded, place);
    if (at === null) return;
    const timer = setTimeout(() => {
      if (this.#kept.has(key) || performance.now() < this.#quietUntilMs) return;
      void this.#fetch(key, stream, place, at);
    }, STAND_MS);
    this.#preparing = { key, timer };
  }

  /** The playhead moves on. */
  leave(): void {
    clearTimeout(this.#preparing?.timer);
    this.#preparing = null;
  }

  clear(): void {
    this.#wanted = null;
    this.#request?.abort();
    this.#request = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.current = null;
  }

  dispose(): void {
    this.clear();
    this.leave();
    for (const address of this.#kept.values()) URL.revokeObjectURL(address);
    this.#kept.clear();
  }

  async #fetch(
    key: string,
    stream: string,
    place: TimeRange,
    known: number | null,
    signal?: AbortSignal,
  ): Promise<void> {
    const atMicros = known ?? (await this.#recordedIn(stream, place, signal));
    if (atMicros === null || signal?.aborted) return;
    const answer = await this.#backend.thumbnail(stream, atMicros, WIDTH, signal);
    if (!answer.ok) {
      // Nothing there, or nobody who makes pictures: the time and the reason have to do.
      if (answer.code === 'internal' || answer.code === 'unavailable')
        this.#quietUntilMs = performance.now() + QUIET_MS;
      return;
    }
    const address = this.#kept.get(key) ?? URL.createObjectURL(answer.value);
    this.#kept.set(key, address);
    for (const [oldest, old] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) break;
      URL.revokeObjectURL(old);
      this.#kept.delete(oldest);
    }
    if (this.#wanted === key) this.current = { key, address };
  }

  async #recordedIn(stream: string, place: TimeRange, signal?: AbortSignal): Promise<number | null> {
    const answer = await this.#backend.timeline(stream, place, signal);
    if (!answer.ok) return null;
    const ranges = answer.value.ranges.map(({ from, to }) => ({ from: microsOf(from), to: microsOf(to) }));
    return recordedNear(ranges, place);
  }
}

function placeAt(atMicros: number, grainMicros: number): TimeRange {
  const from = Math.floor(atMicros / grainMicros) * grainMicros;
  return { from, to: from + grainMicros };
}

const keyOf = (stream: string, { from, to }: TimeRange): string => `${stream} ${from} ${to - from}`;

/** The instant of these ranges that is nearest to the middle of a place, and inside it; null where there is none. */
export function recordedNear(recorded: readonly TimeRange[], place: TimeRange): number | null {
  const middle = (place.from + place.to) / 2;
  let best: number | null = null;
  for (const range of recorded) {
    const [from, to] = [range.from + ROUNDING_MICROS, range.to - ROUNDING_MICROS];
    if (to < from || to < place.from || from > place.to) continue;
    const nearest = Math.min(Math.max(middle, from), to);
    if (best === null || Math.abs(nearest - middle) < Math.abs(best - middle)) best = nearest;
  }
  return best;
}
