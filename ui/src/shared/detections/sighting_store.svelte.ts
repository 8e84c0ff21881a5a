/**
 * What was seen over the shown time, by camera: the recorder's events of motion and of objects.
 *
 * Belongs here: when to ask, and going on until all of it is there. Not here: single detections
 * ({@link ./detection_store.svelte}), how busy each moment was ({@link ../timeline/activity}).
 * Invariant: what is left out for want of room is the oldest, never the newest.
 */
import type { Backend, TimeRange } from '$backend/backend';
import type { EventView } from '$backend/types';
import { joinedEvents } from '$shared/events/event_filter';
import { sightingOf, type Sighting } from './sightings';

const ASK_AGAIN_MS = 2_000;
const SOONEST_MS = 400;
const GROWING_MICROS = 60e6;
const PAGE = 1_000;
/** Nobody reads a longer list; a shorter view has all of its own. */
const MOST_PAGES = 3;

export class SightingStore {
  /** By stream, in order of time. */
  streams = $state.raw<ReadonlyMap<string, readonly Sighting[]>>(new Map());
  /** There were more, before these. */
  hasMore = $state(false);
  readonly #backend: Backend;
  readonly #now: () => number;
  #asked: (TimeRange & { readonly names: readonly string[] }) | null = null;
  #askedAtMs = -Infinity;
  #isAsking = false;

  constructor(backend: Backend, now: () => number) {
    this.#backend = backend;
    this.#now = now;
  }

  /** Asks for what is missing of this view; cheap to call often. */
  async want(names: readonly string[], view: TimeRange): Promise<void> {
    if (names.length === 0 || this.#isAsking || !this.#isDue(names, view)) return;
    this.#isAsking = true;
    this.#askedAtMs = performance.now();
    await this.#ask(names, view);
    this.#isAsking = false;
  }

  #isDue(names: readonly string[], view: TimeRange): boolean {
    const ageMs = performance.now() - this.#askedAtMs;
    if (ageMs < SOONEST_MS) return false;
    const now = this.#now();
    const asked = this.#asked;
    const isWhole =
      asked !== null &&
      names.every((name) => asked.names.includes(name)) &&
      asked.from <= view.from &&
      asked.to >= Math.min(view.to, now - GROWING_MICROS);
    // Near now new ones keep coming; a little behind it workers may still be at it.
    return !isWhole || (view.to > now - GROWING_MICROS && ageMs > ASK_AGAIN_MS);
  }

  async #ask(names: readonly string[], view: TimeRange): Promise<void> {
    const margin = (view.to - view.from) / 4;
    const asked = { from: Math.max(0, view.from - margin), to: Math.min(view.to + margin, this.#now()) };
    if (asked.to <= asked.from) return;
    let events: readonly EventView[] = [];
    let hasMore = true;
    let to = asked.to;
    for (let page = 0; page < MOST_PAGES && hasMore; page += 1) {
      const answer = await this.#backend.events({
        range: { from: asked.from, to },
        streams: names,
        kinds: ['sighting', 'motion'],
        limit: PAGE,
      });
      if (!answer.ok) return;
      events = joinedEvents(events, answer.value.events);
      hasMore = answer.value.more;
      to = answer.value.events.at(-1)?.from_micros ?? asked.from;
      if (to <= asked.from) break;
    }
    this.#asked = { ...asked, names };
    this.hasMore = hasMore;
    this.streams = new Map(
      names.map((name) => [
        name,
        events
          .filter(({ stream }) => stream === name)
          .map((event) => sightingOf(event, asked.to))
          .reverse(),
      ]),
    );
  }
}
