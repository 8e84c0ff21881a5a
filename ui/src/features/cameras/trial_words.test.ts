import { describe, expect, it } from 'vitest';
import type { TrialView } from '$backend/types';
import { profileWords, skewWords, trialRows } from './trial_words';

const trial: TrialView = {
  tracks: [
    { kind: 'video', codec: 'h265', width: 1920, height: 1080, sample_rate: null, channels: null },
    { kind: 'audio', codec: 'aac', width: null, height: null, sample_rate: 48_000, channels: 2 },
  ],
  backend: 'retina',
  because: 'it speaks RTSP',
  frames_per_second: 12.5,
  gop_seconds: 2,
  bits_per_second: 4_100_000,
  clock_skew_micros: -3_200_000,
  first_frame_micros: 800_000,
  watched_micros: 5_000_000,
  advice: [],
};
const values = (view: TrialView | null): Record<string, string | null> =>
  Object.fromEntries(trialRows(view).map(({ label, value }) => [label, value]));

describe('a trial', () => {
  it('is told in rows', () => {
    expect(values(trial)).toMatchObject({
      Video: 'H.265',
      Picture: '1920 × 1080',
      'Frame rate': '12.5 fps',
      'Key frame': 'every 2.0 s',
      'Bit rate': '4.1 Mbit/s',
      Sound: 'AAC, 48 kHz',
      'Its clock': '3.2 s behind',
      'First picture': 'after 0.8 s',
    });
  });

  it('has the same rows before and after, so that nothing moves', () => {
    expect(trialRows(null).map(({ label }) => label)).toEqual(trialRows(trial).map(({ label }) => label));
    expect(
      trialRows(null).every(({ value }) => value === null),
      'and says nothing before it knows',
    ).toBe(true);
  });

  it('says what is not there', () => {
    const bare = {
      ...trial,
      tracks: [],
      gop_seconds: null,
      clock_skew_micros: null,
      frames_per_second: null,
    };
    expect(values(bare)).toMatchObject({
      Video: 'none',
      Picture: null,
      'Frame rate': null,
      'Key frame': 'only one came',
      Sound: 'none',
      'Its clock': 'not told',
    });
  });

  it('tells a clock that is off from one that agrees', () => {
    expect(skewWords(120_000), 'nobody would set it').toBe('agrees');
    expect(skewWords(250_000_000)).toBe('4 min 10 s ahead');
  });
});

it('a profile is told by what it gives', () => {
  const profile = { name: 'main', url: 'rtsp://h/1', codec: 'H264', width: 2560, height: 1440 };
  expect(profileWords({ ...profile, frames_per_second: 25 })).toBe('H.264 · 2560 × 1440 · 25 fps');
  expect(profileWords({ name: 'x', url: 'rtsp://h/2' }), 'a silent camera').toBe('');
});
