import { describe, expect, it } from 'vitest';
import { bytesOf, days, forecastWords, previewWords, retentionMicros, volumeParts } from './storage_words';

const DAY = 86_400e6;

describe('the storage page', () => {
  it('says what a what-if would lead to', () => {
    const forecast = { needed_bytes: 712e9, available_bytes: 500e9, short_bytes: 212e9 };
    expect(forecastWords({ ...forecast, full_at: '2027-03-14T12:00:00Z', days_kept_when_full: 61.4 })).toBe(
      'Full on Sun 14 Mar 2027, 212 GB short. From then on the shortest-kept camera keeps 61.4 d.',
    );
    expect(forecastWords({ needed_bytes: 100e9, available_bytes: 500e9, short_bytes: 0 })).toBe(
      'Everything fits: 100 GB needed, 500 GB there.',
    );
  });

  it('says what a change deletes before it is made', () => {
    const preview = {
      deleted_bytes: 212e9,
      deleted_micros: 60 * DAY,
      deleted_segments: 9,
      held_bytes: 3e9,
      oldest_after: '2026-08-01T12:00:00Z',
      forecast: { needed_bytes: 0, available_bytes: 0, short_bytes: 0 },
    };
    expect(previewWords('yard', preview)).toBe(
      'Deletes 212 GB of yard, 60 d 0 h of footage, everything before Sat 1 Aug 2026. ' +
        'This can’t be undone. Holds keep 3.0 GB of it.',
    );
    expect(previewWords('yard', { ...preview, deleted_bytes: 0, deleted_segments: 0 })).toBeNull();
  });

  it('reads durations and amounts as people write them', () => {
    expect(retentionMicros('30d')).toBe(30 * DAY);
    expect(retentionMicros('2w')).toBe(14 * DAY);
    expect(retentionMicros('soon')).toBeNull();
    expect(bytesOf('200')).toBe(200e9);
    expect(bytesOf('1.5 TB')).toBe(1.5e12);
    expect(bytesOf('0')).toBe(0);
    expect(bytesOf('much')).toBeNull();
    expect([0.5, 12.34, 30, 365].map(days)).toEqual(['12 h 00 min', '12.3 d', '30 d', '365 d']);
  });

  it('draws a volume whose parts never exceed it', () => {
    const volume = {
      name: 'hot',
      total_bytes: 1000,
      free_bytes: 300,
      recorded_bytes: 500,
      reserve_bytes: 900,
    };
    const { recorded, other, reserve } = volumeParts(volume);
    expect([recorded, other]).toEqual([0.5, expect.closeTo(0.2) as number]);
    expect(reserve, 'no more can be kept free than is free').toBeCloseTo(0.3);
  });
});
