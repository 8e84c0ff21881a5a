/** Where a tile's pictures come from: the ports that WebCodecs and MediaSource both fill. */
import type { Frame } from './demux/frames';
import type { Picture } from './picture';

export interface LiveSource {
  /** Why there is no moving picture, in the words of whoever knows. */
  readonly problem: string | null;
  /** When the connection is tried again, by `performance.now()`. */
  readonly retryAtMs: number | null;
  /** Times that frames were left out to keep up. */
  readonly drops: number;
  /** The newest picture, once; the caller closes it. */
  take(): Picture | null;
  close(): void;
}

export type PastAnswer =
  /** This frame belongs on the screen, and here it is; the source closes it. */
  | { readonly kind: 'picture'; readonly frame: Frame; readonly picture: Picture }
  /** It is being fetched or decoded. */
  | { readonly kind: 'loading' }
  /** Nothing was recorded then. */
  | { readonly kind: 'nothing' }
  /** It can't be shown; a sentence says why. */
  | { readonly kind: 'failed'; readonly message: string };

export interface PastSource {
  /** Works towards the picture at this instant and says how far it is. */
  show(playheadMicros: number, rate: number): PastAnswer;
  /** The instant of the frame `count` frames away; null while it is not known. */
  frameBeside(playheadMicros: number, count: number): number | null;
  close(): void;
}
