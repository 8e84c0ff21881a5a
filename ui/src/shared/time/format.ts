/** Times and amounts as people read them: local time with its zone, tabular, short. */
import type { TickUnit } from '$shared/timeline/axis';

const two = (value: number): string => String(value).padStart(2, '0');

const dateOf = (micros: number): Date => new Date(Math.floor(micros / 1000));

const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short' });
const zoned = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' });
const monthName = new Intl.DateTimeFormat('en-GB', { month: 'short' });

/** `14:05:42` */
export function clock(micros: number): string {
  const date = dateOf(micros);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `360`: the milliseconds, to stand behind a dot. */
export const milliseconds = (micros: number): string =>
  String(dateOf(micros).getMilliseconds()).padStart(3, '0');

/** `Mon 23 Nov 2026` */
export function calendarDay(micros: number): string {
  const date = dateOf(micros);
  return `${weekday.format(date)} ${date.getDate()} ${monthName.format(date)} ${date.getFullYear()}`;
}

/** `CET`, `UTC`, `GMT+2` */
export function zone(micros: number): string {
  const parts = zoned.formatToParts(dateOf(micros));
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'local';
}

/** `2026-11-23 13:05:42.360 UTC` */
export const utc = (micros: number): string =>
  `${dateOf(micros).toISOString().replace('T', ' ').slice(0, 23)} UTC`;

/** `14:05:42` today, with the day before it otherwise. */
export function moment(micros: number, nowMicros: number): string {
  const [date, now] = [dateOf(micros), dateOf(nowMicros)];
  const isToday = date.toDateString() === now.toDateString();
  return isToday ? clock(micros) : `${date.getDate()} ${monthName.format(date)} ${clock(micros)}`;
}

/** What stands at a tick of the axis. */
export function tickLabel(micros: number, unit: TickUnit): string {
  const date = dateOf(micros);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  const day = `${weekday.format(date)} ${date.getDate()} ${monthName.format(date)}`;
  switch (unit) {
    case 'year':
      return String(date.getFullYear());
    case 'month':
      return date.getMonth() === 0 ? String(date.getFullYear()) : monthName.format(date);
    case 'day':
      return day;
    case 'hour':
    case 'minute':
      return isMidnight ? day : `${two(date.getHours())}:${two(date.getMinutes())}`;
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
