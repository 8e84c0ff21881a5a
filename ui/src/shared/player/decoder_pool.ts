/**
 * WebCodecs decoders, few and used again.
 *
 * Belongs here: `VideoDecoder` and its life. Not here: which frames to decode.
 * Invariant: at most {@link MOST_IDLE} decoders wait unused; every frame that nobody took is closed.
 */
import type { VideoTrack } from './demux/init';
import {
  isSameTrack,
  type DecoderEvents,
  type EncodedFrame,
  type Picture,
  type PictureDecoder,
} from './picture';

const MOST_IDLE = 4;

export class DecoderPool {
  readonly #idle: WebCodecsDecoder[] = [];

  open(track: VideoTrack, isLive: boolean, events: DecoderEvents): PictureDecoder {
    const index = this.#idle.findIndex((decoder) => decoder.isFor(track, isLive));
    const reused = index < 0 ? undefined : this.#idle.splice(index, 1)[0];
    let decoder: WebCodecsDecoder;
    try {
      decoder = reused ?? new WebCodecsDecoder(track, isLive);
    } catch (error) {
      return refused(error, events);
    }
    decoder.lend(events);
    return {
      get queued() {
        return decoder.queued;
      },
      decode: (frame) => decoder.decode(frame),
      flush: () => decoder.flush(),
      reset: () => decoder.reset(),
      close: () => this.#takeBack(decoder),
    };
  }

  #takeBack(decoder: WebCodecsDecoder): void {
    decoder.lend(null);
    if (decoder.isBroken || this.#idle.length >= MOST_IDLE) decoder.dispose();
    else {
      decoder.reset();
      this.#idle.push(decoder);
    }
  }
}

/** The browser does not even take the set-up: told the way every failure is told, a moment later. */
function refused(error: unknown, events: DecoderEvents): PictureDecoder {
  queueMicrotask(() => events.failed(error instanceof Error ? error.message : String(error)));
  return { queued: 0, decode: () => {}, flush: () => Promise.resolve(), reset: () => {}, close: () => {} };
}

function configuration(track: VideoTrack, isLive: boolean): VideoDecoderConfig {
  return {
    codec: track.codec,
    codedWidth: track.width,
    codedHeight: track.height,
    description: track.description,
    optimizeForLatency: isLive,
  };
}

class WebCodecsDecoder {
  readonly #track: VideoTrack;
  readonly #isLive: boolean;
  readonly #decoder: VideoDecoder;
  #events: DecoderEvents | null = null;

  constructor(track: VideoTrack, isLive: boolean) {
    this.#track = track;
    this.#isLive = isLive;
    this.#decoder = new VideoDecoder({
      output: (frame) => {
        if (this.#events === null) frame.close();
        else this.#events.picture(pictureOf(frame));
      },
      error: (error) => this.#events?.failed(error.message),
    });
    this.#decoder.configure(configuration(track, isLive));
  }

  get queued(): number {
    return this.#decoder.decodeQueueSize;
  }

  get isBroken(): boolean {
    return this.#decoder.state === 'closed';
  }

  isFor(track: VideoTrack, isLive: boolean): boolean {
    return this.#isLive === isLive && isSameTrack(this.#track, track);
  }

  lend(events: DecoderEvents | null): void {
    this.#events = events;
  }

  decode(frame: EncodedFrame): void {
    if (this.isBroken) return;
    this.#decoder.decode(
      new EncodedVideoChunk({
        type: frame.isSync ? 'key' : 'delta',
        timestamp: frame.atMicros,
        data: frame.data,
      }),
    );
  }

  async flush(): Promise<void> {
    if (this.isBroken) return;
    try {
      await this.#decoder.flush();
    } catch {
      // A reset or a failure came between; both are told on their own.
    }
  }

  reset(): void {
    if (this.isBroken) return;
    this.#decoder.reset();
    this.#decoder.configure(configuration(this.#track, this.#isLive));
  }

  dispose(): void {
    if (!this.isBroken) this.#decoder.close();
  }
}

function pictureOf(frame: VideoFrame): Picture {
  return {
    atMicros: frame.timestamp,
    width: frame.displayWidth,
    height: frame.displayHeight,
    image: frame,
    close: () => frame.close(),
  };
}
