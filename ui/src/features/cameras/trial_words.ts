/** What a source sends, in the rows of a small table. Pure. */
import type { ProfileView, TrialView } from '$backend/types';
import { bitRate, duration } from '$shared/time/format';

export interface Row {
  readonly label: string;
  /** Null: not known (yet). */
  readonly value: string | null;
}

const CODECS: Readonly<Record<string, string>> = {
  h264: 'H.264',
  h265: 'H.265',
  aac: 'AAC',
  opus: 'Opus',
  mjpeg: 'Motion JPEG',
  jpeg: 'Motion JPEG',
};

/** As people write it. */
export const codecWord = (codec: string): string => CODECS[codec.toLowerCase().replace('.', '')] ?? codec;

const AGREES_MICROS = 500_000;

/** `agrees`, `3.2 s ahead`, `4 min 10 s behind` */
export function skewWords(skewMicros: number): string {
  const off = Math.abs(skewMicros);
  return off < AGREES_MICROS ? 'agrees' : `${duration(off)} ${skewMicros > 0 ? 'ahead' : 'behind'}`;
}

/** The same rows before and after, so that nothing moves when the answer comes. */
export function trialRows(trial: TrialView | null): readonly Row[] {
  const row = (label: string, value: (trial: TrialView) => string | null): Row => ({
    label,
    value: trial === null ? null : value(trial),
  });
  const track = (kind: string, trial: TrialView): TrialView['tracks'][number] | undefined =>
    trial.tracks.find((one) => one.kind === kind);
  return [
    row('Video', (trial) => {
      const video = track('video', trial);
      return video ? codecWord(video.codec) : 'none';
    }),
    row('Picture', (trial) => sizeWords(track('video', trial))),
    row('Frame rate', ({ frames_per_second: rate }) => (rate ? rateWords(rate) : null)),
    row('Key frame', ({ gop_seconds: gop }) => (gop ? `every ${gop.toFixed(1)} s` : 'only one came')),
    row('Bit rate', ({ bits_per_second: rate }) => bitRate(rate)),
    row('Sound', (trial) => {
      const audio = track('audio', trial);
      if (!audio) return 'none';
      return `${codecWord(audio.codec)}${audio.sample_rate ? `, ${audio.sample_rate / 1000} kHz` : ''}`;
    }),
    row('Its clock', ({ clock_skew_micros: skew }) =>
      skew === null || skew === undefined ? 'not told' : skewWords(skew),
    ),
    row('First picture', ({ first_frame_micros: wait }) =>
      wait < 50_000 ? 'at once' : `after ${duration(wait)}`,
    ),
    row('Captured by', ({ backend }) => backend),
  ];
}

/** `H.264 · 1920 × 1080 · 25 fps`: what a camera says of one of its streams. */
export function profileWords(profile: ProfileView): string {
  return [
    profile.codec ? codecWord(profile.codec) : null,
    sizeWords(profile),
    profile.frames_per_second ? rateWords(profile.frames_per_second) : null,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

function sizeWords(size: { width?: number | null; height?: number | null } | undefined): string | null {
  return size?.width && size.height ? `${size.width} × ${size.height}` : null;
}

/** `25 fps`, `12.5 fps` */
const rateWords = (rate: number): string => `${Number(rate.toFixed(1))} fps`;
