/**
 * What models have seen: over the shown time for lists and lanes, around the playhead for boxes.
 *
 * Belongs here: when to ask. Not here: joining ({@link ./sightings}), drawing.
 */
import type { Backend, TimeRange } from '$backend/backend';
import type { DetectionView } from '$backend/types';

export interface Seen {
  readonly asked: TimeRange;
  /** In order of time. */
  readonly detections: readonly DetectionView[];
  /** The recorder has more than it gave. */
  readonly more: boolean;
}

interface Ask {
  request: AbortController | null;
  atMs: number;
}

const ASK_AGAIN_MS = 2_000;
const SOONEST_MS = 400;
const VIEW_LIMIT = 2_000;
const NEAR_LIMIT = 1_000;
const NEAR_BEHIND_MICROS = 6e6;
const NEAR_AHEAD_MICROS = 30e6;

export class DetectionStore {
  /** Over the view, by stream. */
  seen = $state.raw<ReadonlyMap<string, Seen>>(new Map());
  /** Around the playhead, by stream; read by painting, so not reactive. */
  readonly near = new Map<string, Seen>();
  readonly #backend: Backend;
  readonly #now: () => number;
  readonly #viewAsks = new Map<string, Ask>();
  readonly #nearAsks = new Map<string, Ask>();

  constructor(backend: Backend, now: () => number) {
    this.#backend = backend;
    this.#now = now;
  }

  wantView(names: readonly string[], view: TimeRange): void {
    const margin = (view.to - view.from) / 4;
    const asked = { from: Math.max(0, view.from - margin), to: Math.min(view.to + margin, this.#now()) };
    for (const name of names) {
      if (!this.#isDue(this.#viewAsks, name, this.seen.get(name), view)) continue;
      void this.#ask(this.#viewAsks, name, asked, VIEW_LIMIT).then((seen) => {
        if (seen !== null) this.seen = new Map([...this.seen, [name, seen]]);
      });
    }
  }

  wantNear(names: readonly string[], playheadMicros: number): void {
    const need = {
      from: playheadMicros - NEAR_BEHIND_MICROS / 2,
      to: playheadMicros + NEAR_AHEAD_MICROS / 3,
    };
    const asked = {
      from: playheadMicros - NEAR_BEHIND_MICROS,
      to: Math.min(playheadMicros + NEAR_AHEAD_MICROS, this.#now()),
    };
    for (const name of names) {
      if (!this.#isDue(this.#nearAsks, name, this.near.get(name), need)) continue;
      void this.#ask(this.#nearAsks, name, asked, NEAR_LIMIT).then((seen) => {
        if (seen !== null) this.near.set(name, seen);
      });
    }
  }

  #isDue(asks: Map<string, Ask>, name: string, known: Seen | undefined, need: TimeRange): boolean {
    const ask = asks.get(name);
    if (ask?.request) return false;
    const ageMs = performance.now() - (ask?.atMs ?? -Infinity);
    if (ageMs < SOONEST_MS) return false;
    if (known === undefined) return true;
    const now = this.#now();
    const covers = known.asked.from <= need.from && known.asked.to >= Math.min(need.to, now - 60e6);
    // Near now new ones keep coming; a little behind it workers may still be at it.
    return !covers || (need.to > now - 60e6 && ageMs > ASK_AGAIN_MS);
  }

  async #ask(asks: Map<string, Ask>, name: string, asked: TimeRange, limit: number): Promise<Seen | null> {
    if (asked.to <= asked.from) return null;
    const request = new AbortController();
    const ask: Ask = { request, atMs: performance.now() };
    asks.set(name, ask);
    const answer = await this.#backend.detections(name, asked, limit, request.signal);
    ask.request = null;
    if (!answer.ok) return null;
    const detections = [...answer.value.detections].sort((a, b) => a.at_micros - b.at_micros);
    return { asked, detections, more: answer.value.more };
  }
}
