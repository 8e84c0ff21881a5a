import { describe, expect, it } from 'vitest';
import { bitRate, bytes, duration, reasonLabel, speedLabel, tickLabel, utc } from './format';

const S = 1e6;

describe('words for amounts', () => {
  it('are short and keep their width', () => {
    expect([0.4, 42, 126, 3 * 3600 + 720, 100 * 3600].map((seconds) => duration(seconds * S))).toEqual([
      '0.4 s',
      '42 s',
      '2 min 06 s',
      '3 h 12 min',
      '4 d 4 h',
    ]);
    expect([980_000, 1_140_000].map(bitRate)).toEqual(['980 kbit/s', '1.1 Mbit/s']);
    expect([12, 48_200_000_000, 412e9].map(bytes)).toEqual(['12 B', '48.2 GB', '412 GB']);
    expect([0.25, 1, -8].map(speedLabel)).toEqual(['.25×', '1×', '−8×']);
    expect(reasonLabel('camera_unreachable')).toBe('Camera unreachable');
  });

  it('name midnight by its day', () => {
    const midnight = new Date(2026, 10, 23).getTime() * 1000;
    expect(tickLabel(midnight, 'hour')).toBe('Mon 23 Nov');
    expect(tickLabel(midnight + 3600 * S, 'hour')).toBe('01:00');
    expect(utc(Date.parse('2026-11-23T14:05:42.360Z') * 1000)).toBe('2026-11-23 14:05:42.360 UTC');
  });
});
