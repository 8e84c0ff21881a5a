/**
 * Between instants and the digits of the zone that is shown ({@link ./zone.svelte}).
 *
 * Invariant: a date from {@link localDate} is read by its UTC fields only.
 */
import { timeZone } from './zone.svelte';

export const localDate = (micros: number): Date => timeZone.local(micros);

/** The instant at which the zone's clock shows this. Fields may overflow, as those of `Date.UTC` may. */
export function instantOf(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
): number {
  const shown = Date.UTC(year, month, day, hour, minute, second);
  // The offset there, found from the offset near there: right but for the hour that is skipped.
  const near = shown - timeZone.offsetMs(shown);
  return (shown - timeZone.offsetMs(near)) * 1000;
}

/** Midnight before an instant, and so many days on. */
export function dayStart(micros: number, byDays = 0): number {
  const date = localDate(micros);
  return instantOf(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + byDays);
}
