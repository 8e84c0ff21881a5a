import { describe, expect, it } from 'vitest';
import { fill, fullWords, percent } from './room_words';

describe('the header', () => {
  it('never says that all is there while something is missing', () => {
    expect(percent(1)).toBe('100 %');
    expect(percent(0.99999)).toBe('99.99 %');
    expect(percent(0.9997)).toBe('99.97 %');
    expect(percent(0.5)).toBe('50 %');
  });

  it('says when the disk is full, or nothing where the promises fit', () => {
    const forecast = { needed_bytes: 1, available_bytes: 1, short_bytes: 0 };
    const at = (day: string): number => Date.parse(`${day}T12:00:00`) * 1000;
    expect(fullWords(forecast, at('2026-11-23'))).toBeNull();
    const full = { ...forecast, full_at: '2026-12-14T12:00:00' };
    expect(fullWords(full, at('2026-11-23'))).toBe('full on 14 Dec');
    expect(fullWords(full, at('2026-12-15')), 'that day is over').toBe('full');
    expect(fullWords(full, at('2025-11-23')), 'another year needs its number').toBe('full on 14 Dec 2026');
  });

  it('draws how much of all disks is used', () => {
    const volume = (total: number, free: number) => ({
      name: 'hot',
      total_bytes: total,
      free_bytes: free,
      recorded_bytes: 0,
      reserve_bytes: 0,
    });
    const storage = { volumes: [volume(100, 20), volume(300, 80)] };
    expect(fill(storage as unknown as Parameters<typeof fill>[0])).toBe(0.75);
  });
});
