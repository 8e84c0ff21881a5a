/**
 * One tile's live picture: connection, decoding, and nothing kept back.
 *
 * Belongs here: connecting again, dropping to the next key frame when behind.
 * Not here: painting, the clock on the wall. Invariant: at most one undisplayed picture is held.
 */
import type { Backend, LiveConnection, LiveEvent } from '$backend/backend';
import { DamagedMedia } from '../demux/boxes';
import { framesOf } from '../demux/frames';
import { parseInit, type InitTracks } from '../demux/init';
import { parseLiveMessage, type LiveMessage } from '../demux/live_message';
import { parseMedia } from '../demux/media';
import { packetsOf, type SoundPacket } from '../demux/sound_packets';
import type { EncodedFrame, OpenDecoder, Picture, PictureDecoder } from '../picture';
import type { LiveSound, LiveSource } from '../source';

export interface LiveEvents {
  /** A newer picture waits to be taken. */
  picture(): void;
  /** What the tile should say changed. */
  changed(): void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8_000;
/** More frames than this waiting in the decoder: the viewer is behind and catches up at a key frame. */
const MOST_BEHIND = 60;
/** At first what waits is the GOP so far. A key frame behind more than this is the shorter way to now. */
const WORTH_A_LEAP = 8;
const CAUGHT_UP = 2;
/** Sound that nobody took: about four seconds. */
const MOST_PACKETS = 200;

export class LivePicture implements LiveSource {
  readonly #backend: Backend;
  readonly #stream: string;
  readonly #open: OpenDecoder;
  readonly #events: LiveEvents;
  #connection: LiveConnection | null = null;
  #decoder: PictureDecoder | null = null;
  #init: InitTracks | null = null;
  #waiting: Picture | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | null = null;
  #retryMs = FIRST_RETRY_MS;
  #needsSync = true;
  #hasCaughtUp = false;
  #closed = false;
  #isHeard = false;
  #packets: SoundPacket[] = [];
  problem: string | null = null;
  retryAtMs: number | null = null;
  drops = 0;

  constructor(backend: Backend, stream: string, open: OpenDecoder, events: LiveEvents) {
    this.#backend = backend;
    this.#stream = stream;
    this.#open = open;
    this.#events = events;
    this.#connect();
  }

  take(): Picture | null {
    const picture = this.#waiting;
    this.#waiting = null;
    return picture;
  }

  hear(isWanted: boolean): void {
    this.#isHeard = isWanted;
    if (!isWanted) this.#packets = [];
  }

  takeSound(): LiveSound | null {
    if (this.#init === null) return null;
    const packets = this.#packets;
    this.#packets = [];
    return { track: this.#init.sound, packets };
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#closeDecoder();
  }

  #connect(): void {
    this.retryAtMs = null;
    this.#connection = this.#backend.live(this.#stream, (event) => this.#hear(event));
  }

  #hear(event: LiveEvent): void {
    if (this.#closed) return;
    if (event.type === 'message') this.#receive(event.bytes);
    else if (event.type === 'state') this.#say(event.state === 'recording' ? null : event.detail);
    else if (event.type === 'closed') this.#retry();
  }

  #receive(bytes: ArrayBuffer): void {
    try {
      const message = parseLiveMessage(bytes);
      this.#retryMs = FIRST_RETRY_MS;
      if (message.kind === 'init') this.#begin(parseInit(message.payload));
      else {
        this.#keepSound(message);
        this.#decode(message);
      }
    } catch (error) {
      if (!(error instanceof DamagedMedia)) throw error;
      this.#needsSync = true;
      this.#say(`The live picture is damaged. ${error.message}`);
    }
  }

  #begin(init: InitTracks): void {
    this.#closeDecoder();
    this.#init = init;
    this.#needsSync = true;
    this.#hasCaughtUp = false;
    if (init.video === null) {
      this.#say('This stream has sound and no picture.');
      return;
    }
    this.#decoder = this.#open(init.video, true, {
      picture: (picture) => this.#offer(picture),
      failed: (message) => {
        this.#closeDecoder();
        this.#say(`This browser can't decode ${init.video?.codec ?? 'this codec'}: ${message}`);
      },
    });
    this.#say(null);
  }

  #keepSound({ payload, atMicros }: LiveMessage): void {
    const sound = this.#init?.sound;
    if (!this.#isHeard || !sound || this.#init === null) return;
    const samples = parseMedia(payload, this.#init, sound.id);
    const first = samples[0];
    if (first === undefined) return;
    this.#packets.push(
      ...packetsOf(samples, sound.timescale, first.presentationTicks / sound.timescale, atMicros),
    );
    if (this.#packets.length > MOST_PACKETS) this.#packets.splice(0, this.#packets.length - MOST_PACKETS);
    this.#events.changed();
  }

  #decode(message: LiveMessage): void {
    const video = this.#init?.video;
    const decoder = this.#decoder;
    if (!video || !decoder || this.#init === null) return;
    const samples = parseMedia(message.payload, this.#init, video.id);
    for (const frame of framesOf(samples, video.timescale, null, message.atMicros, null)) {
      this.#feed(decoder, frame);
    }
  }

  #feed(decoder: PictureDecoder, frame: EncodedFrame): void {
    // The first burst, a GOP so far, may be long; after it, a queue means being behind.
    const isBehind = this.#hasCaughtUp
      ? decoder.queued > MOST_BEHIND
      : frame.isSync && !this.#needsSync && decoder.queued > WORTH_A_LEAP;
    if (isBehind) {
      decoder.reset();
      this.#needsSync = true;
      this.drops += 1;
    }
    if (this.#needsSync && !frame.isSync) return;
    this.#needsSync = false;
    decoder.decode(frame);
  }

  #offer(picture: Picture): void {
    if (this.#closed || (this.#waiting !== null && this.#waiting.atMicros > picture.atMicros)) {
      picture.close();
      return;
    }
    this.#waiting?.close();
    this.#waiting = picture;
    // Only what comes out of the decoder tells: the first frame of a burst finds it empty as well.
    if (this.#decoder !== null && this.#decoder.queued <= CAUGHT_UP) this.#hasCaughtUp = true;
    if (this.problem !== null) this.#say(null);
    this.#events.picture();
  }

  #retry(): void {
    this.#connection = null;
    this.#closeDecoder();
    const delay = this.#retryMs * (0.8 + Math.random() * 0.4);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    this.retryAtMs = performance.now() + delay;
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
    this.#say('The live connection to the recorder broke.');
  }

  #say(problem: string | null): void {
    this.problem = problem;
    this.#events.changed();
  }

  #closeDecoder(): void {
    this.#decoder?.close();
    this.#decoder = null;
    this.#waiting?.close();
    this.#waiting = null;
  }
}
