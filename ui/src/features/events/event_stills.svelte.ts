/**
 * The stills of the event that is pointed at, asked for when the pointer rests and given up when it leaves.
 *
 * Not here: which instants ({@link ./still_times}), where they are shown, keeping them ({@link ./still_cache}).
 */
import type { EventView } from '$backend/types';
import type { StillCache } from './still_cache';
import { stillTimes } from './still_times';

const REST_MS = 180;
const EACH_MS = 700;

export interface Still {
  readonly atMicros: number;
  readonly address: string;
}

export class EventStills {
  event = $state.raw<EventView | null>(null);
  stills = $state.raw<readonly Still[]>([]);
  /** Which of them is to be seen. */
  place = $state(0);
  /** Why there is none. */
  problem = $state<string | null>(null);
  readonly #cache: StillCache;
  readonly #now: () => number;
  #rest: ReturnType<typeof setTimeout> | null = null;
  #turn: ReturnType<typeof setInterval> | null = null;
  #asking: AbortController | null = null;

  constructor(cache: StillCache, now: () => number) {
    this.#cache = cache;
    this.#now = now;
  }

  point(event: EventView | null): void {
    this.#stop();
    this.event = null;
    if (event === null) return;
    this.#rest = setTimeout(() => void this.#show(event), REST_MS);
  }

  close(): void {
    this.#stop();
  }

  async #show(event: EventView): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    this.event = event;
    this.problem = null;
    this.place = 0;
    this.stills = [];
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    // The best one first, so that something is there at once: it is on the card already.
    const times = [...stillTimes(event, this.#now())]
      .sort((a, b) => Math.abs(a - event.at_micros) - Math.abs(b - event.at_micros))
      .slice(0, isStill ? 1 : undefined);
    if (times.length === 0) this.problem = 'Its pictures are still being written.';
    for (const atMicros of times) {
      const answer = await this.#cache.want(event.stream, atMicros, asking.signal);
      if (asking.signal.aborted) return;
      if (answer.ok) {
        const still = { atMicros, address: answer.value };
        this.stills = [...this.stills, still].sort((a, b) => a.atMicros - b.atMicros);
      } else this.problem = answer.message;
    }
    if (this.stills.length > 1)
      this.#turn = setInterval(() => (this.place = (this.place + 1) % this.stills.length), EACH_MS);
  }

  #stop(): void {
    if (this.#rest !== null) clearTimeout(this.#rest);
    if (this.#turn !== null) clearInterval(this.#turn);
    this.#asking?.abort();
    this.#rest = this.#turn = this.#asking = null;
  }
}
