/** A decoded picture, whoever decoded it; and the ports between decoding, painting and the tile. */
import type { VideoTrack } from './demux/init';

export interface Picture {
  /** Microseconds since 1970: the frame that this is. */
  readonly atMicros: number;
  readonly width: number;
  readonly height: number;
  readonly image: CanvasImageSource;
  /** Gives the memory back. */
  close(): void;
}

/** One frame on its way into a decoder. */
export interface EncodedFrame {
  readonly atMicros: number;
  readonly isSync: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** A decoder set up for one track. Pictures come in the order in which they are shown. */
export interface PictureDecoder {
  /** Frames handed in and not yet taken up. */
  readonly queued: number;
  decode(frame: EncodedFrame): void;
  /** Makes it give out all that it holds back; the next frame must be a key frame. */
  flush(): Promise<void>;
  /** Forgets everything under way; the next frame must be a key frame. */
  reset(): void;
  close(): void;
}

export interface DecoderEvents {
  picture(picture: Picture): void;
  /** After this the decoder is of no use. */
  failed(message: string): void;
}

export type OpenDecoder = (track: VideoTrack, isLive: boolean, events: DecoderEvents) => PictureDecoder;

/** Whether two tracks can go through one decoder; sound alone, null, goes through none. */
export function isSameTrack(a: VideoTrack | null, b: VideoTrack | null): boolean {
  if (a === null || b === null) return false;
  return (
    a === b ||
    (a.codec === b.codec &&
      a.width === b.width &&
      a.height === b.height &&
      a.description.byteLength === b.description.byteLength &&
      a.description.every((byte, index) => byte === b.description[index]))
  );
}
