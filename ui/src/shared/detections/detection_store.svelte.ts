/**
 * Single detections around the playhead, for the boxes on the pictures.
 *
 * Belongs here: when to ask. Not here: what was seen over a longer time ({@link ./sighting_store.svelte}),
 * drawing.
 */
import type { Backend, TimeRange } from '$backend/backend';
import type { DetectionView } from '$backend/types';
import { askSome } from '$shared/turns';

export interface Seen {
  readonly asked: TimeRange;
  /** In order of time. */
  readonly detections: readonly DetectionView[];
}

interface Ask {
  request: AbortController | null;
  atMs: number;
}

const ASK_AGAIN_MS = 2_000;
const SOONEST_MS = 400;
const NEAR_LIMIT = 1_000;
/** A crowd on every frame; more boxes than these hide the picture. */
const MOST_PAGES = 8;
const NEAR_BEHIND_MICROS = 6e6;
const NEAR_AHEAD_MICROS = 30e6;

export class DetectionStore {
  /** Around the playhead, by stream; read by painting, so not reactive. */
  readonly near = new Map<string, Seen>();
  readonly #backend: Backend;
  readonly #now: () => number;
  readonly #asks = new Map<string, Ask>();

  constructor(backend: Backend, now: () => number) {
    this.#backend = backend;
    this.#now = now;
  }

  /** Asks for some of what is missing around the playhead, and says whether there is more. */
  wantNear(names: readonly string[], playheadMicros: number): boolean {
    const need = {
      from: playheadMicros - NEAR_BEHIND_MICROS / 2,
      to: playheadMicros + NEAR_AHEAD_MICROS / 3,
    };
    const asked = {
      from: playheadMicros - NEAR_BEHIND_MICROS,
      to: Math.min(playheadMicros + NEAR_AHEAD_MICROS, this.#now()),
    };
    return askSome(
      names,
      (name) => this.#isDue(name, need),
      (name) =>
        void this.#ask(name, asked).then((seen) => {
          if (seen !== null) this.near.set(name, seen);
        }),
    );
  }

  #isDue(name: string, need: TimeRange): boolean {
    const ask = this.#asks.get(name);
    const known = this.near.get(name);
    if (ask?.request) return false;
    const ageMs = performance.now() - (ask?.atMs ?? -Infinity);
    if (ageMs < SOONEST_MS) return false;
    if (known === undefined) return true;
    const now = this.#now();
    const covers = known.asked.from <= need.from && known.asked.to >= Math.min(need.to, now - 60e6);
    // Near now new ones keep coming; a little behind it workers may still be at it.
    return !covers || (need.to > now - 60e6 && ageMs > ASK_AGAIN_MS);
  }

  async #ask(name: string, asked: TimeRange): Promise<Seen | null> {
    const request = new AbortController();
    const ask: Ask = { request: null, atMs: performance.now() };
    this.#asks.set(name, ask);
    if (asked.to <= asked.from) return null;
    ask.request = request;
    const pages: DetectionView[][] = [];
    let from = asked.from;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await this.#backend.detections(name, { ...asked, from }, NEAR_LIMIT, request.signal);
      if (!answer.ok) break;
      const sorted = [...answer.value.detections].sort((a, b) => a.at_micros - b.at_micros);
      const last = sorted.at(-1)?.at_micros ?? asked.to;
      const goesOn = answer.value.more && last > from;
      // The last frame's may be cut in two: all of them come with the next page.
      pages.push(goesOn ? sorted.filter(({ at_micros: at }) => at < last) : sorted);
      if (!goesOn) break;
      from = last;
    }
    ask.request = null;
    return pages.length === 0 ? null : { asked, detections: pages.flat() };
  }
}
