/**
 * Where pieces of sound go on the loudspeaker's own clock, so that what is heard belongs to what is seen.
 *
 * Belongs here: pure arithmetic of two clocks. Not here: decoding, the loudspeaker ({@link ./speaker}).
 * Invariant: pieces never overlap and follow one another without a seam while their instants do; the
 * loudspeaker's clock is steered by at most {@link STEERING}, and what is further off than
 * {@link MOST_OFF_MICROS} is begun anew.
 */

/** Hardly anybody hears a tone that is this much higher. */
const STEERING = 0.01;
/** What is off is taken back within about this. */
const CATCH_UP_MICROS = 10e6;
/** Closer than this is left alone. */
const SLACK_MICROS = 15_000;
const ON_TIME_MICROS = 2_000;
/** Lips and voices part at about this. */
export const MOST_OFF_MICROS = 120_000;
/** A hole in the sound that is no rounding. */
const SEAM_MICROS = 3_000;
/** Single measurements shake by a beat of the screen. */
const SMOOTHING = 0.08;
const REMEMBERED = 200;

export interface Place {
  /** By the loudspeaker's clock. */
  readonly startSeconds: number;
  /** How fast the piece is played. */
  readonly rate: number;
}

interface Piece extends Place {
  readonly atMicros: number;
  readonly untilMicros: number;
  readonly endSeconds: number;
}

export class SoundClock {
  #pieces: Piece[] = [];
  #offMicros: number | null = null;
  #rate = 1;

  /** How much of what was placed is still to be heard. */
  aheadMicros(nowSeconds: number): number {
    return Math.max(0, ((this.#pieces.at(-1)?.endSeconds ?? nowSeconds) - nowSeconds) * 1e6);
  }

  /** What is heard now; null while nothing is. */
  heardMicros(nowSeconds: number): number | null {
    const piece = this.#pieces.find(
      ({ startSeconds, endSeconds }) => startSeconds <= nowSeconds && nowSeconds < endSeconds,
    );
    return piece === undefined ? null : piece.atMicros + (nowSeconds - piece.startSeconds) * 1e6 * piece.rate;
  }

  /** How far the sound is before the picture, smoothed; null while nothing is heard. */
  get offMicros(): number | null {
    return this.#offMicros;
  }

  /** Says where the picture is. False: too far apart, the sound has to begin anew. */
  follow(playheadMicros: number, nowSeconds: number): boolean {
    const heard = this.heardMicros(nowSeconds);
    if (heard === null) return true;
    const off = heard - playheadMicros;
    this.#offMicros = this.#offMicros === null ? off : this.#offMicros + (off - this.#offMicros) * SMOOTHING;
    if (Math.abs(this.#offMicros) > MOST_OFF_MICROS) return false;
    if (Math.abs(this.#offMicros) > SLACK_MICROS)
      this.#rate = 1 - Math.min(STEERING, Math.max(-STEERING, this.#offMicros / CATCH_UP_MICROS));
    else if (Math.abs(this.#offMicros) < ON_TIME_MICROS) this.#rate = 1;
    return true;
  }

  /** Where a piece goes; null when its time is over or something else stands there. */
  place(atMicros: number, durationMicros: number, playheadMicros: number, nowSeconds: number): Place | null {
    const last = this.#pieces.at(-1);
    let startSeconds = nowSeconds + (atMicros - playheadMicros) / 1e6;
    if (last !== undefined && last.endSeconds > nowSeconds) {
      const seam = atMicros - last.untilMicros;
      if (seam < -SEAM_MICROS) return null;
      startSeconds = last.endSeconds + (seam > SEAM_MICROS ? seam / 1e6 : 0);
    }
    if (startSeconds < nowSeconds) return null;
    const rate = this.#rate;
    const endSeconds = startSeconds + durationMicros / 1e6 / rate;
    this.#pieces.push({ atMicros, untilMicros: atMicros + durationMicros, startSeconds, endSeconds, rate });
    if (this.#pieces.length > REMEMBERED) this.#pieces.shift();
    return { startSeconds, rate };
  }

  reset(): void {
    this.#pieces = [];
    this.#offMicros = null;
    this.#rate = 1;
  }
}
