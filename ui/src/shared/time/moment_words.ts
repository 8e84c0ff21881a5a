/** What a typed time means, in words: said before anything is done with it. */
import { calendarDay, clock, duration, microsOf, moment, zone } from './format';
import { parseMoment } from './moment_parser';

export interface Meant {
  readonly atMicros: number;
  readonly label: string;
}

/** Null where the words mean no time, or one that is still to come. */
export function meantBy(text: string, nowMicros: number): Meant | null {
  const parsed = parseMoment(text, nowMicros);
  if (!parsed.ok || parsed.atMicros > nowMicros) return null;
  return { atMicros: parsed.atMicros, label: momentWords(parsed.atMicros) };
}

/** `Sun 22 Nov 2026 14:05:00 CET` */
export const momentWords = (atMicros: number): string =>
  `${calendarDay(atMicros)} ${clock(atMicros)} ${zone(atMicros)}`;

/** `23 h 12 min ago`, `in 4 min 00 s` */
export function distanceWords(atMicros: number, nowMicros: number): string {
  const apart = duration(Math.abs(nowMicros - atMicros));
  return atMicros > nowMicros ? `in ${apart}` : `${apart} ago`;
}

const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;

/** The recorder's sentences, with the instants in them as everywhere else on the screen. */
export const withLocalTimes = (text: string, nowMicros: number): string =>
  text.replace(INSTANT, (instant) => moment(microsOf(instant), nowMicros));
