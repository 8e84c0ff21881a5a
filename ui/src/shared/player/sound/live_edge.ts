/**
 * How far behind its arrival live sound is played: as little as the network's unrest allows.
 *
 * Belongs here: pure arithmetic over arrivals. Not here: what is played.
 * Invariant: the cushion is between {@link LEAST_MICROS} and {@link MOST_MICROS}; it grows at once and
 * shrinks more slowly than the sound can be steered, so that nobody hears it.
 */

const LEAST_MICROS = 100_000;
const MOST_MICROS = 400_000;
/** Above what arrivals were late. */
const MARGIN_MICROS = 40_000;
/** Later than this it is a pause and no unrest. */
const PAUSE_MICROS = 800_000;
const SHRINKING_MICROS_PER_MS = 2;
/** Clocks of two machines part by less. */
const EDGE_FALLING_MICROS_PER_MS = 0.5;

export class LiveEdge {
  /** The earliest arrival of late: an instant less its arrival, in microseconds. */
  #edge: number | null = null;
  #cushion = LEAST_MICROS;
  #arrivedMs = 0;

  arrived(atMicros: number, nowMs: number): void {
    const lead = atMicros - nowMs * 1000;
    const sinceMs = Math.max(0, nowMs - this.#arrivedMs);
    this.#arrivedMs = nowMs;
    this.#edge =
      this.#edge === null ? lead : Math.max(lead, this.#edge - sinceMs * EDGE_FALLING_MICROS_PER_MS);
    const late = this.#edge - lead;
    const wanted = late < PAUSE_MICROS ? late + MARGIN_MICROS : 0;
    const shrunk = this.#cushion - sinceMs * SHRINKING_MICROS_PER_MS;
    this.#cushion = Math.min(MOST_MICROS, Math.max(LEAST_MICROS, wanted, shrunk));
  }

  /** What should be heard now; null before anything has arrived. */
  playheadMicros(nowMs: number): number | null {
    return this.#edge === null ? null : nowMs * 1000 + this.#edge - this.#cushion;
  }

  reset(): void {
    this.#edge = null;
    this.#cushion = LEAST_MICROS;
  }
}
