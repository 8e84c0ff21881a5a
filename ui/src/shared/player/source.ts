/** Where a tile's pictures come from: the ports that WebCodecs and MediaSource both fill. */
import type { Frame } from './demux/frames';
import type { SoundTrack } from './demux/init';
import type { SoundPacket } from './demux/sound_packets';
import type { Picture } from './picture';

export interface LiveSound {
  /** Null: this stream sends none. */
  readonly track: SoundTrack | null;
  readonly packets: readonly SoundPacket[];
}

export interface LiveSource {
  /** Why there is no moving picture, in the words of whoever knows. */
  readonly problem: string | null;
  /** When the connection is tried again, by `performance.now()`. */
  readonly retryAtMs: number | null;
  /** Times that frames were left out to keep up. */
  readonly drops: number;
  /** The newest picture, once; the caller closes it. */
  take(): Picture | null;
  /** Whether its sound is wanted; nobody's is until then. */
  hear(isWanted: boolean): void;
  /** What has arrived since the last call, in order; null while it is not known whether any will. */
  takeSound(): LiveSound | null;
  close(): void;
}

/** The sound of one fragment. */
export interface PastSound {
  /** The same object for as long as the set-up stays the same; null without sound. */
  readonly track: SoundTrack | null;
  readonly packets: readonly SoundPacket[];
  /** Where the next fragment takes over. */
  readonly untilMicros: number;
}

export type PastAnswer =
  /** This frame belongs on the screen, and here it is; the source closes it. */
  | { readonly kind: 'picture'; readonly frame: Frame; readonly picture: Picture }
  /** What was recorded then is sound, and no picture. */
  | { readonly kind: 'sound' }
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
  /** The sound around an instant; null while it is not at hand, or where nothing was recorded. */
  sound(atMicros: number): PastSound | null;
  close(): void;
}
