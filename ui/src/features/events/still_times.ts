/** Which instants of an event are worth a look: what led to it, its best frame, how it went on. Pure. */
import type { EventView } from '$backend/types';

const MOST_STILLS = 5;
const LEAD_IN_MICROS = 1e6;
/** Of an event that goes on for minutes, the beginning tells what it is. */
const LONGEST_MICROS = 20e6;
/** Closer together they look the same. */
const APART_MICROS = 900_000;

/** What is newer may be in a fragment that is still being written: there is no picture of it yet. */
export const SETTLED_MICROS = 4e6;

/** In order of time, all of them written by now. */
export function stillTimes(event: EventView, nowMicros: number): readonly number[] {
  const { from_micros: from, at_micros: best } = event;
  const to = Math.min(event.to_micros ?? from, from + LONGEST_MICROS);
  const wanted = [best, from - LEAD_IN_MICROS, to + LEAD_IN_MICROS, (from + to) / 2, from, to];
  const chosen: number[] = [];
  for (const at of wanted) {
    if (chosen.length === MOST_STILLS || at > nowMicros - SETTLED_MICROS) continue;
    if (chosen.every((other) => Math.abs(other - at) >= APART_MICROS)) chosen.push(at);
  }
  return chosen.sort((a, b) => a - b);
}
