import { describe, expect, it } from 'vitest';
import { parseMoment } from './moment_parser';

/** A Monday afternoon, local time. */
const NOW_DATE = new Date(2026, 10, 23, 15, 0, 0);
const NOW = NOW_DATE.getTime() * 1000;
const local = (day: number, hour = 0, minute = 0, second = 0): number =>
  new Date(2026, 10, day, hour, minute, second).getTime() * 1000;
const at = (text: string, day?: number): number | string => {
  const parsed = parseMoment(text, NOW, day);
  return parsed.ok ? parsed.atMicros : parsed.message;
};

describe('times as people type them', () => {
  it('of today, or of yesterday where today has not come to it', () => {
    expect(at('14:05')).toBe(local(23, 14, 5));
    expect(at('14:05:42')).toBe(local(23, 14, 5, 42));
    expect(at('16:00'), 'not yet today').toBe(local(22, 16));
    expect(at('today 16:00'), 'unless today is said').toBe(local(23, 16));
    expect([at('2pm'), at('2:30 pm'), at('12 am'), at('noon')]).toEqual([
      local(23, 14),
      local(23, 14, 30),
      local(23),
      local(23, 12),
    ]);
  });

  it('of a day with a name, either way around', () => {
    expect(at('yesterday 14:05')).toBe(local(22, 14, 5));
    expect(at('14:05 yesterday')).toBe(local(22, 14, 5));
    expect(at('Yesterday at 14:05')).toBe(local(22, 14, 5));
    expect(at('monday 8:00'), 'this morning').toBe(local(23, 8));
    expect(at('mon 20:00'), 'this evening is still to come').toBe(local(16, 20));
    expect(at('last monday 8:00')).toBe(local(16, 8));
    expect(at('friday')).toBe(local(20));
  });

  it('of a date; without a year the last one', () => {
    for (const text of [
      '20 nov 14:05',
      'nov 20, 14:05',
      '20.11. 14:05',
      '20.11.2026 14:05',
      '2026-11-20 14:05',
    ])
      expect(at(text), text).toBe(local(20, 14, 5));
    expect(at('24 december'), 'the one before').toBe(new Date(2025, 11, 24).getTime() * 1000);
  });

  it('so long ago', () => {
    expect(at('2 h ago')).toBe(NOW - 2 * 3600e6);
    expect(at('-90m')).toBe(NOW - 90 * 60e6);
    expect(at('−1h30m'), 'with a proper minus too').toBe(NOW - 90 * 60e6);
    expect(at('1 day 3 hours ago')).toBe(NOW - 27 * 3600e6);
    expect(at('now')).toBe(NOW);
  });

  it('by RFC 3339, to the microsecond', () => {
    expect(at('2026-11-23T14:05:00Z')).toBe(Date.UTC(2026, 10, 23, 14, 5) * 1000);
    expect(at('2026-11-23T14:05:00.123456+01:00')).toBe(Date.UTC(2026, 10, 23, 13, 5) * 1000 + 123_456);
    expect(at('2026-11-23T14:05:00'), 'local without a zone').toBe(local(23, 14, 5));
    expect(at('2026-11-20')).toBe(local(20));
  });

  it('of the day that a field stands at', () => {
    expect(at('16:00', local(12, 3))).toBe(local(12, 16));
  });

  it('are refused with a sentence where they mean nothing', () => {
    for (const text of [
      '',
      'soon',
      '25:00',
      '14:61',
      '2026-02-30',
      '31 feb',
      '- ago',
      '-',
      '5',
      '13pm',
      '-99999999w',
    ])
      expect(parseMoment(text, NOW).ok, text).toBe(false);
    expect(at('25:00')).toBe('There is no such time of day.');
    expect(at('soon')).toContain('soon');
  });
});
