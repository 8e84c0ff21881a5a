/**
 * An instant as people type it: `14:05`, `yesterday 14:05`, `monday 8:00`, `2 h ago`, `-90m`, RFC 3339.
 *
 * Belongs here: what the words mean. Not here: whether anything is recorded then.
 * Invariant: pure; the same text and the same now give the same instant. Local time unless a zone is given.
 */
import { instantOf, localDate } from './local';

export type ParsedMoment =
  { readonly ok: true; readonly atMicros: number } | { readonly ok: false; readonly message: string };

const UNIT_MICROS: Readonly<Record<string, number>> = {
  s: 1e6,
  m: 60e6,
  h: 3600e6,
  d: 86_400e6,
  w: 7 * 86_400e6,
};
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const AMOUNT =
  /(\d+(?:\.\d+)?)\s*(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?![a-z])\s*/y;
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[t ]\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(z|[+-]\d\d:?\d\d)?)?$/;
const CLOCK = /(?:^|\s)(\d{1,2})(?::(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?\s*(am|pm)?(?=\s|$)/;
const HINT = 'Try 14:05, yesterday 14:05, monday 8:00, 2 h ago, -90m or 2026-11-23T14:05:00Z.';

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
}
const MIDNIGHT: Clock = { hour: 0, minute: 0, second: 0, micros: 0 };

/** A time without a day is of the day of `dayMicros`, or else the last such time before now. */
export function parseMoment(text: string, nowMicros: number, dayMicros?: number): ParsedMoment {
  const words = text
    .trim()
    .toLowerCase()
    .replaceAll(/[,\s]+/g, ' ')
    .replaceAll('−', '-');
  if (words === '') return refused('');
  if (words === 'now') return accepted(nowMicros);
  return (
    relative(words, nowMicros) ??
    absolute(words) ??
    calendar(words, nowMicros, dayMicros) ??
    refused(text.trim())
  );
}

const accepted = (atMicros: number): ParsedMoment => ({ ok: true, atMicros: Math.round(atMicros) });

const refused = (text: string): ParsedMoment => ({
  ok: false,
  message: text === '' ? HINT : `“${text}” is no time. ${HINT}`,
});

const impossible = (what: string): ParsedMoment => ({ ok: false, message: `There is no ${what}.` });

/** `-90m`, `-1h30m`, `2 h ago`, `1 day 3 hours ago` */
function relative(words: string, nowMicros: number): ParsedMoment | null {
  const isAgo = words.endsWith(' ago');
  if (!isAgo && !words.startsWith('-')) return null;
  const amounts = (isAgo ? words.slice(0, -4) : words.slice(1)).trim();
  let micros = 0;
  AMOUNT.lastIndex = 0;
  let end = 0;
  while (end < amounts.length) {
    AMOUNT.lastIndex = end;
    const found = AMOUNT.exec(amounts);
    if (found === null) return null;
    micros += Number(found[1]) * (UNIT_MICROS[(found[2] ?? '').charAt(0)] ?? 0);
    end = AMOUNT.lastIndex;
  }
  if (end === 0) return null;
  return micros > nowMicros ? impossible('time that long ago') : accepted(nowMicros - micros);
}

function absolute(words: string): ParsedMoment | null {
  const found = ISO.exec(words);
  if (found === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = found;
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'));
  const time = { hour: Number(hour), minute: Number(minute), second: Number(second), micros };
  if (!isTime(time)) return impossible(`time ${hour}:${minute}`);
  const [y, m, d] = [Number(year), Number(month) - 1, Number(day)];
  if (!isDay(y, m, d)) return impossible(`day ${year ?? ''}-${month ?? ''}-${day ?? ''}`);
  if (zone === undefined) return accepted(local(y, m, d, time));
  const minutes =
    zone === 'z'
      ? 0
      : Number(`${zone.charAt(0)}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
  const utc = Date.UTC(y, m, d, time.hour, time.minute, time.second) * 1000 + micros;
  return accepted(utc - minutes * 60e6);
}

/** A day, a time, or both, in either order. */
function calendar(words: string, nowMicros: number, dayMicros: number | undefined): ParsedMoment | null {
  const { time, rest } = clockIn(words);
  if (time !== null && !isTime(time)) return impossible('such time of day');
  const now = localDate(nowMicros);
  const at = time ?? MIDNIGHT;
  if (rest === '') {
    if (time === null) return null;
    if (dayMicros !== undefined) return accepted(onDay(localDate(dayMicros), 0, at));
    const today = onDay(now, 0, at);
    return accepted(today <= nowMicros ? today : onDay(now, -1, at));
  }
  if (rest === 'today') return accepted(onDay(now, 0, at));
  if (rest === 'yesterday') return accepted(onDay(now, -1, at));
  const weekday = WEEKDAYS.findIndex(
    (name) => rest.length >= 3 && name.startsWith(rest.replace(/^last /, '')),
  );
  if (weekday >= 0) {
    const back = (now.getUTCDay() - weekday + 7) % 7;
    const last = onDay(now, -back, at);
    return accepted(
      last <= nowMicros && !(back === 0 && rest.startsWith('last ')) ? last : onDay(now, -back - 7, at),
    );
  }
  return dated(rest, now, at, nowMicros);
}

/** `23 nov`, `nov 23 2025`, `23.11.`, `23.11.2025`, `2025-11-23`; without a year the last one. */
function dated(words: string, now: Date, time: Clock, nowMicros: number): ParsedMoment | null {
  const iso = /^(\d{4})-(\d\d)-(\d\d)$/.exec(words);
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})?$/.exec(words);
  const named =
    /^(\d{1,2})\.? ([a-z]{3})[a-z]*(?: (\d{4}))?$/.exec(words) ??
    swapped(/^([a-z]{3})[a-z]* (\d{1,2})(?: (\d{4}))?$/.exec(words));
  const month =
    iso !== null
      ? Number(iso[2]) - 1
      : dotted !== null
        ? Number(dotted[2]) - 1
        : MONTHS.indexOf(named?.[2] ?? '');
  const day = Number(iso?.[3] ?? dotted?.[1] ?? named?.[1] ?? NaN);
  if (Number.isNaN(day) || month < 0) return null;
  const given = iso?.[1] ?? dotted?.[3] ?? named?.[3];
  const year = given === undefined ? now.getUTCFullYear() : Number(given);
  if (!isDay(year, month, day)) return impossible(`such day as ${words}`);
  const at = local(year, month, day, time);
  return accepted(given === undefined && at > nowMicros ? local(year - 1, month, day, time) : at);
}

const swapped = (found: RegExpExecArray | null): (string | undefined)[] | null =>
  found === null ? null : [found[0], found[2], found[1], found[3]];

function clockIn(words: string): { time: Clock | null; rest: string } {
  for (const [name, hour] of [
    ['noon', 12],
    ['midnight', 0],
  ] as const) {
    if (words.split(' ').includes(name)) return { time: { ...MIDNIGHT, hour }, rest: without(words, name) };
  }
  const found = CLOCK.exec(words);
  if (found === null) return { time: null, rest: words };
  const [all, hour = '', minute, second = '0', fraction = '', half] = found;
  // A bare number is a day of the month, not an hour.
  if (minute === undefined && half === undefined) return laterClock(words, found.index + all.length);
  const twelve = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
  const isOdd = half !== undefined && (Number(hour) < 1 || Number(hour) > 12);
  return {
    time: {
      hour: isOdd ? 99 : twelve,
      minute: Number(minute ?? 0),
      second: Number(second),
      micros: Number(fraction.padEnd(6, '0')),
    },
    rest: tidy(words.slice(0, found.index) + ' ' + words.slice(found.index + all.length)),
  };
}

/** Looks behind a number that is no time: `23 nov 14:05`. */
function laterClock(words: string, from: number): { time: Clock | null; rest: string } {
  const later = clockIn(words.slice(from).trim());
  if (later.time === null) return { time: null, rest: words };
  return { time: later.time, rest: tidy(`${words.slice(0, from)} ${later.rest}`) };
}

const tidy = (words: string): string =>
  words
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\bat\b/g, '')
    .trim();
const without = (words: string, word: string): string =>
  tidy(
    words
      .split(' ')
      .filter((one) => one !== word)
      .join(' '),
  );

const isTime = ({ hour, minute, second }: Clock): boolean => hour < 24 && minute < 60 && second < 60;

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month, day));
  return year >= 1970 && date.getUTCMonth() === month && date.getUTCDate() === day;
}

const local = (year: number, month: number, day: number, { hour, minute, second, micros }: Clock): number =>
  instantOf(year, month, day, hour, minute, second) + micros;

const onDay = (date: Date, byDays: number, time: Clock): number =>
  local(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + byDays, time);
