/**
 * Frames: samples of the video track with their identity and their exact instant.
 *
 * A frame's instant is its fragment's start plus its presentation ticks counted from the smallest
 * ones of that fragment. Invariant: within a fragment no two frames have the same instant.
 */
import type { MediaSample } from './media';

export interface Frame {
  /** Null for a live frame whose fragment is not written yet. */
  readonly fragment: number | null;
  readonly sample: number;
  /** Microseconds since 1970. */
  readonly atMicros: number;
  /** Where the next frame of this fragment, or the fragment's end, takes over. */
  readonly untilMicros: number;
  readonly isSync: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** In decode order, as they came. */
export function framesOf(
  samples: readonly MediaSample[],
  timescale: number,
  fragment: number | null,
  fromMicros: number,
  endMicros: number | null,
): Frame[] {
  let first = Infinity;
  for (const sample of samples) first = Math.min(first, sample.presentationTicks);
  const instants = samples.map(
    (sample) => fromMicros + Math.round(((sample.presentationTicks - first) / timescale) * 1e6),
  );
  const shown = [...instants].sort((a, b) => a - b);
  const until = new Map<number, number>();
  shown.forEach((at, index) => {
    const next = shown[index + 1];
    if (next !== undefined) until.set(at, next);
  });
  return samples.map((sample, index) => {
    const atMicros = instants[index] ?? fromMicros;
    const ownEnd = atMicros + Math.round((sample.durationTicks / timescale) * 1e6);
    return {
      fragment,
      sample: sample.sample,
      atMicros,
      untilMicros: until.get(atMicros) ?? Math.max(endMicros ?? ownEnd, atMicros + 1),
      isSync: sample.isSync,
      data: sample.data,
    };
  });
}
