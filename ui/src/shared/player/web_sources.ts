/**
 * The sources of a real browser, wired: WebCodecs over the recorder's fragments, or MediaSource where
 * there is no WebCodecs. Browsers give WebCodecs to secure pages alone: HTTPS, loopback, the desktop.
 */
import type { Backend } from '$backend/backend';
import { DecoderPool } from './decoder_pool';
import { LivePicture } from './live/live_picture';
import { LiveVideo } from './media_source/live_video';
import { PastVideo } from './media_source/past_video';
import { Footage } from './past/footage';
import { PastPicture } from './past/past_picture';
import type { Sources } from './player';

/** Compressed media kept for all tiles together. */
const MEDIA_BYTES = 128 * 1024 * 1024;
/** Decoded pictures kept for all tiles together. */
const PICTURE_BYTES = 192 * 1024 * 1024;

export interface SourceSettings {
  /** The recorder's time, microseconds. */
  readonly now: () => number;
  /** Whether a stream is being recorded at this moment. */
  readonly isGrowing: (stream: string) => boolean;
  /** How many tiles share the memory. */
  readonly tiles: () => number;
}

export function webSources(backend: Backend, { now, isGrowing, tiles }: SourceSettings): Sources {
  const pool = new DecoderPool();
  const open = pool.open.bind(pool);
  const share = (bytes: number): number => bytes / Math.max(1, tiles());
  const footage = (stream: string, changed: () => void): Footage =>
    new Footage(backend, stream, {
      budgetBytes: share(MEDIA_BYTES),
      now,
      isGrowing: () => isGrowing(stream),
      changed,
    });
  if (typeof VideoDecoder === 'undefined') {
    return {
      live: (stream, wake) => new LiveVideo(backend, stream, wake),
      past: (stream, wake) => new PastVideo(footage(stream, wake), wake),
    };
  }
  return {
    live: (stream, wake) => new LivePicture(backend, stream, open, { picture: wake, changed: wake }),
    past: (stream, wake) => new PastPicture(footage(stream, wake), open, () => share(PICTURE_BYTES), wake),
  };
}
