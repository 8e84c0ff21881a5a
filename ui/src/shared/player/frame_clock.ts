/**
 * How far the playhead moves between two paintings.
 *
 * Belongs here: pure arithmetic. Not here: what holds the clock.
 */

/** After a longer pause (a hidden tab, a laptop asleep) the playhead does not leap. */
const LONGEST_STEP_MS = 250;

export class FrameClock {
  #lastMs: number | null = null;
  #wasRunning = false;

  /** Microseconds of media since the last call; none while `held` or standing. */
  advance(nowMs: number, rate: number, held: boolean): number {
    const elapsedMs =
      this.#lastMs === null || !this.#wasRunning
        ? 0
        : Math.min(LONGEST_STEP_MS, Math.max(0, nowMs - this.#lastMs));
    this.#lastMs = nowMs;
    // Nobody asks while it stands, so the first beat of a run says nothing of the time before.
    this.#wasRunning = rate !== 0;
    return held ? 0 : elapsedMs * 1000 * rate;
  }
}
