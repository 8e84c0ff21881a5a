/** Times and amounts as people read them: in the zone they chose, which is named, tabular, short. */
import type { TickUnit } from '$shared/timeline/axis';
import { timeZone } from './zone.svelte';

const two = (value: number): string => String(value).padStart(2, '0');

/** Its UTC fields are the clock of the zone that is shown. */
const dateOf = (micros: number): Date => timeZone.local(micros);

const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: 'UTC' });
const monthName = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' });

/** `14:05:42` */
export function clock(micros: number): string {
  const date = dateOf(micros);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** `360`: the milliseconds, to stand behind a dot. */
export const milliseconds = (micros: number): string =>
  String(dateOf(micros).getUTCMilliseconds()).padStart(3, '0');

/** `Mon 23 Nov 2026` */
export function calendarDay(micros: number): string {
  const date = dateOf(micros);
  return `${weekday.format(date)} ${date.getUTCDate()} ${monthName.format(date)} ${date.getUTCFullYear()}`;
}

/** `23 Nov` */
export const dayShort = (micros: number): string => {
  const date = dateOf(micros);
  return `${date.getUTCDate()} ${monthName.format(date)}`;
};

/** `CET`, `UTC`, `GMT+2` */
export function zone(micros: number): string {
  const parts = zonedFormat(timeZone.name).formatToParts(micros / 1000);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'local';
}

let zoned: { readonly name: string | null; readonly format: Intl.DateTimeFormat } | null = null;

/** Making one takes longer than a hundred answers of it. */
function zonedFormat(name: string | null): Intl.DateTimeFormat {
  if (zoned?.name !== name) {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZoneName: 'short',
      ...(name === null ? {} : { timeZone: name }),
    });
    zoned = { name, format };
  }
  return zoned.format;
}

/** `2026-11-23 13:05:42.360 UTC` */
export const utc = (micros: number): string =>
  `${new Date(Math.floor(micros / 1000)).toISOString().replace('T', ' ').slice(0, 23)} UTC`;

/** `14:05:42` today, with the day before it otherwise. */
export function moment(micros: number, nowMicros: number): string {
  const [date, now] = [dateOf(micros), dateOf(nowMicros)];
  const isToday = date.toISOString().slice(0, 10) === now.toISOString().slice(0, 10);
  return isToday ? clock(micros) : `${date.getUTCDate()} ${monthName.format(date)} ${clock(micros)}`;
}

/** What stands at a tick of the axis. */
export function tickLabel(micros: number, unit: TickUnit): string {
  const date = dateOf(micros);
  const isMidnight = date.getUTCHours() === 0 && date.getUTCMinutes() === 0 && date.getUTCSeconds() === 0;
  const day = `${weekday.format(date)} ${date.getUTCDate()} ${monthName.format(date)}`;
  switch (unit) {
    case 'year':
      return String(date.getUTCFullYear());
    case 'month':
      return date.getUTCMonth() === 0 ? String(date.getUTCFullYear()) : monthName.format(date);
    case 'day':
      return day;
    case 'hour':
    case 'minute':
      return isMidnight ? day : `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
    case 'second':
      return clock(micros);
    case 'millisecond':
      return `${clock(micros)}.${milliseconds(micros)}`;
  }
}

/** `2 min 06 s`, `3 h 12 min`, `4 d 2 h`; below ten seconds `3.4 s`. */
export function duration(micros: number): string {
  const seconds = Math.max(0, micros) / 1e6;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** `1.1 Mbit/s` */
export function bitRate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e6) return `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

/** `12.4 GB` */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

/** `1×`, `−2×` */
export const speedLabel = (speed: number): string =>
  `${speed < 0 ? '−' : ''}${String(Math.abs(speed)).replace('0.', '.')}×`;

/** Microseconds of an instant on the wire; milliseconds are all that its text carries. */
export function microsOf(instant: string): number {
  return Date.parse(instant) * 1000;
}

/** The words for a gap's reason. */
export function reasonLabel(reason: string): string {
  const words = reason.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
