/** Samples of the sound track as packets with their instants. */
import type { MediaSample } from './media';

export interface SoundPacket {
  /** Microseconds since 1970. */
  readonly atMicros: number;
  readonly durationMicros: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** `zeroSeconds` of the media's own time falls on `zeroMicros`. */
export const packetsOf = (
  samples: readonly MediaSample[],
  timescale: number,
  zeroSeconds: number,
  zeroMicros: number,
): SoundPacket[] =>
  samples.map(({ presentationTicks, durationTicks, data }) => ({
    atMicros: Math.round(zeroMicros + (presentationTicks / timescale - zeroSeconds) * 1e6),
    durationMicros: (durationTicks / timescale) * 1e6,
    data,
  }));
