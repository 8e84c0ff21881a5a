/** WebCodecs' `AudioDecoder` behind a port: packets in, samples out, in order. */
import type { SoundTrack } from '../demux/init';
import type { SoundPacket } from '../demux/sound_packets';
import type { Pcm } from './speaker';

export interface SoundDecoderEvents {
  sound(pcm: Pcm, atMicros: number): void;
  /** After this the decoder is of no use. */
  failed(message: string): void;
}

export interface SoundDecoder {
  decode(packet: SoundPacket): void;
  /** Forgets everything under way. */
  reset(): void;
  close(): void;
}

export type OpenSoundDecoder = (track: SoundTrack, events: SoundDecoderEvents) => SoundDecoder;

/** Browsers give the decoder to secure pages alone, as they do with pictures; some have none at all. */
export const isSecurePage = (): boolean => globalThis.isSecureContext;

export const canDecodeSound = (): boolean => typeof AudioDecoder !== 'undefined';

export function webSoundDecoder(track: SoundTrack, events: SoundDecoderEvents): SoundDecoder {
  const configuration: AudioDecoderConfig = {
    codec: track.codec,
    sampleRate: track.sampleRate,
    numberOfChannels: track.channels,
    ...(track.description === null ? {} : { description: track.description }),
  };
  const decoder = new AudioDecoder({
    output: (data) => {
      const pcm = pcmOf(data);
      const atMicros = data.timestamp;
      data.close();
      events.sound(pcm, atMicros);
    },
    error: (error) => events.failed(error.message),
  });
  decoder.configure(configuration);
  return {
    decode: ({ atMicros, durationMicros, data }) => {
      if (decoder.state !== 'configured') return;
      decoder.decode(
        new EncodedAudioChunk({
          type: 'key',
          timestamp: atMicros,
          duration: Math.round(durationMicros),
          data,
        }),
      );
    },
    reset: () => {
      if (decoder.state === 'closed') return;
      decoder.reset();
      decoder.configure(configuration);
    },
    close: () => {
      if (decoder.state !== 'closed') decoder.close();
    },
  };
}

/**
 * WebKitGTK (2.50) ends the whole page by a free of what is not its own when samples are copied as they
 * are. Asked for whole numbers it has to convert them, which is sound; both codecs are decoded to fractions.
 */
const isWebKit = (): boolean =>
  /AppleWebKit/.test(navigator.userAgent) && !/Chrome/.test(navigator.userAgent);

/** What a whole number of 16 bits is a part of. */
const FULL_SCALE = 32_768;

function pcmOf(data: AudioData): Pcm {
  const channels = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
    if (!isWebKit()) {
      const samples = new Float32Array(data.numberOfFrames);
      data.copyTo(samples, { planeIndex, format: 'f32-planar' });
      return samples;
    }
    const numbers = new Int16Array(data.numberOfFrames);
    data.copyTo(numbers, { planeIndex, format: 's16-planar' });
    return Float32Array.from(numbers, (number) => number / FULL_SCALE);
  });
  return { sampleRate: data.sampleRate, channels };
}
