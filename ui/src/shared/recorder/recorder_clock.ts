/** The recorder's time, as seen from here: its clock and ours need not agree. */

interface Reading {
  readonly offsetMicros: number;
  readonly roundTripMs: number;
}

const MOST_READINGS = 8;

export class RecorderClock {
  #readings: Reading[] = [];

  /** Microseconds since 1970 by the recorder's clock. */
  readonly now = (): number => Math.round(browserMicros() + this.#offset());

  /** One question and answer: the recorder's `now` lies between asking and hearing. */
  take(recorderMicros: number, askedMicros: number, heardMicros: number): void {
    const offsetMicros = recorderMicros - (askedMicros + heardMicros) / 2;
    this.#readings = [
      ...this.#readings.slice(1 - MOST_READINGS),
      { offsetMicros, roundTripMs: (heardMicros - askedMicros) / 1000 },
    ];
  }

  /** The quickest answer is the truest. */
  #offset(): number {
    let best: Reading | null = null;
    for (const reading of this.#readings) {
      if (best === null || reading.roundTripMs < best.roundTripMs) best = reading;
    }
    // The answer has milliseconds; a smaller difference is not one.
    return best === null || Math.abs(best.offsetMicros) < 5_000 ? 0 : best.offsetMicros;
  }
}

export const browserMicros = (): number => (performance.timeOrigin + performance.now()) * 1000;
