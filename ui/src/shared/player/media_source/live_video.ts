/**
 * A live picture by way of a hidden `<video>`.
 *
 * Belongs here: keeping the video at the end of what has come. Not here: decoding, painting.
 */
import type { Backend, LiveConnection, LiveEvent } from '$backend/backend';
import { DamagedMedia } from '../demux/boxes';
import { parseInit, type InitTracks } from '../demux/init';
import { parseLiveMessage } from '../demux/live_message';
import { parseMedia } from '../demux/media';
import type { Picture } from '../picture';
import type { LiveSource } from '../source';
import { Stage } from './stage';

const RETRY_MS = 2_000;
/** Farther behind the end, the video leaps there; a leap costs less than a creeping delay. */
const MOST_BEHIND_SECONDS = 0.8;
const STAND_BEHIND_SECONDS = 0.08;
const KEPT_SECONDS = 10;
const MOST_INSTANTS = 100;

export class LiveVideo implements LiveSource {
  readonly #backend: Backend;
  readonly #stream: string;
  readonly #wake: () => void;
  #connection: LiveConnection | null = null;
  #stage: Stage | null = null;
  #init: InitTracks | null = null;
  #mime = '';
  /** Which instant the media's own seconds mean, for the frames that came last. */
  #instants: { seconds: number; atMicros: number }[] = [];
  #waiting: Picture | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #trimmedAt = 0;
  #closed = false;
  problem: string | null = null;
  retryAtMs: number | null = null;
  drops = 0;

  constructor(backend: Backend, stream: string, wake: () => void) {
    this.#backend = backend;
    this.#stream = stream;
    this.#wake = wake;
    this.#connect();
  }

  take(): Picture | null {
    const picture = this.#waiting;
    this.#waiting = null;
    return picture;
  }

  /** A page without WebCodecs has no decoder for sound either. */
  hear(): void {}

  takeSound(): { track: null; packets: readonly [] } {
    return { track: null, packets: [] };
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stage?.close();
  }

  #connect(): void {
    this.retryAtMs = null;
    this.#connection = this.#backend.live(this.#stream, (event) => this.#hear(event));
  }

  #hear(event: LiveEvent): void {
    if (this.#closed) return;
    if (event.type === 'mime') this.#mime = event.mime;
    else if (event.type === 'state') this.#say(event.state === 'recording' ? null : event.detail);
    else if (event.type === 'closed') this.#retry();
    else this.#receive(event.bytes);
  }

  #receive(bytes: ArrayBuffer): void {
    try {
      const message = parseLiveMessage(bytes);
      if (message.kind === 'init') this.#begin(message.payload);
      else this.#append(message.payload, message.atMicros);
    } catch (error) {
      if (!(error instanceof DamagedMedia)) throw error;
      this.#say(`The live picture is damaged. ${error.message}`);
    }
  }

  #begin(bytes: Uint8Array<ArrayBuffer>): void {
    this.#stage?.close();
    this.#stage = null;
    this.#init = parseInit(bytes);
    this.#instants = [];
    if (!Stage.canPlay(this.#mime)) {
      this.#say(`This browser can’t decode ${this.#mime}.`);
      return;
    }
    this.#stage = new Stage(
      this.#mime,
      (seconds) => this.#present(seconds),
      (message) => this.#say(message),
    );
    this.#stage.append(bytes);
    this.#say(null);
  }

  #append(bytes: Uint8Array<ArrayBuffer>, atMicros: number): void {
    const video = this.#init?.video;
    if (!video || this.#stage === null || this.#init === null) return;
    const samples = parseMedia(bytes, this.#init, video.id);
    if (samples.length > 0) {
      const first = Math.min(...samples.map((sample) => sample.presentationTicks));
      this.#instants.push({ seconds: first / video.timescale, atMicros });
      if (this.#instants.length > MOST_INSTANTS) this.#instants.shift();
    }
    this.#stage.append(bytes);
    this.#stayAtTheEnd(this.#stage);
  }

  #stayAtTheEnd(stage: Stage): void {
    const { video } = stage;
    if (video.buffered.length === 0) return;
    const end = video.buffered.end(video.buffered.length - 1);
    if (end - video.currentTime > MOST_BEHIND_SECONDS || video.currentTime > end) {
      video.currentTime = Math.max(0, end - STAND_BEHIND_SECONDS);
      this.drops += 1;
    }
    // A browser may refuse while the page was not touched; muted video is let play.
    if (video.paused) video.play().catch(() => {});
    if (end - this.#trimmedAt > 2 * KEPT_SECONDS) {
      stage.remove(0, end - KEPT_SECONDS);
      this.#trimmedAt = end;
    }
  }

  #present(seconds: number): void {
    const video = this.#stage?.video;
    if (video === undefined) return;
    this.#waiting = {
      atMicros: this.#instantOf(seconds),
      width: video.videoWidth,
      height: video.videoHeight,
      image: video,
      close: () => {},
    };
    this.#wake();
  }

  /** By the frame that came nearest: a camera's seconds and ours need not be equally long. */
  #instantOf(seconds: number): number {
    let nearest: { seconds: number; atMicros: number } | null = null;
    for (const known of this.#instants) {
      if (nearest === null || Math.abs(known.seconds - seconds) < Math.abs(nearest.seconds - seconds))
        nearest = known;
    }
    return nearest === null ? 0 : Math.round(nearest.atMicros + (seconds - nearest.seconds) * 1e6);
  }

  #retry(): void {
    this.#stage?.close();
    this.#stage = null;
    this.retryAtMs = performance.now() + RETRY_MS;
    this.#timer = setTimeout(() => this.#connect(), RETRY_MS);
    this.#say('The live connection to the recorder broke.');
  }

  #say(problem: string | null): void {
    this.problem = problem;
    this.#wake();
  }
}
