/**
 * One stream's recorded frames, brought here around the playhead.
 *
 * Belongs here: asking the recorder for lists, fragments and init sections, and demuxing them.
 * Not here: which ones ({@link ./fetch_planner}), decoding, painting.
 * Invariant: memory is bounded by the planner's budget; a failure is kept until it is worth
 * another try, never repeated in a tight loop.
 */
import type { Backend, TimeRange } from '$backend/backend';
import type { Failure } from '$backend/result';
import type { FragmentView } from '$backend/types';
import { DamagedMedia } from '../demux/boxes';
import { framesOf, type Frame } from '../demux/frames';
import { parseInit, type InitTracks, type VideoTrack } from '../demux/init';
import { parseMedia } from '../demux/media';
import { packetsOf } from '../demux/sound_packets';
import type { PastAnswer, PastSound } from '../source';
import { planFetch } from './fetch_planner';
import { endOf, FragmentIndex, type Located } from './fragment_index';

/** A fragment whose frames are at hand. */
export interface LoadedFragment {
  readonly view: FragmentView;
  /** Null for sound alone, which has no frames. */
  readonly track: VideoTrack | null;
  /** In decode order; a frame's place is its sample index. */
  readonly frames: readonly Frame[];
  /** The same frames in the order in which they are shown. */
  readonly shown: readonly Frame[];
  /** As it came, for a decoder that takes whole fragments. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly init: Init;
  /** The presentation time, in seconds of the media's own, that falls on `view.from_micros`. */
  readonly firstSeconds: number;
}

/** Frames to show, or what there is to say instead. */
export type AtHand =
  | { readonly kind: 'pictures'; readonly loaded: LoadedFragment; readonly track: VideoTrack }
  | Exclude<PastAnswer, { kind: 'picture' }>;

/** One segment's init section. */
export interface Init {
  readonly mime: string;
  readonly bytes: ArrayBuffer;
  readonly tracks: InitTracks;
}

export interface FootageSettings {
  readonly budgetBytes: number;
  /** The recorder's time now, microseconds. */
  readonly now: () => number;
  /** Whether fragments are still being written; otherwise what is listed is all there is. */
  readonly isGrowing: () => boolean;
  /** Something arrived, or failed: look again. */
  readonly changed: () => void;
}

const LIST_SPAN_MICROS = 120e6;
const LIST_BEHIND_MICROS = 25e6;
/** How far the list must reach before more of it is asked for. */
const SOON_MICROS = 8e6;
const LIST_LIMIT = 500;
/** An open fragment is listed only when it is finished, and lasts at most 20 s. */
const SETTLING_MICROS = 40e6;
/** The plan is made anew this often while the playhead only runs on. */
const PREPARE_MS = 80;
const NEAR_MICROS = 500_000;
const RETRY_MS = 1_000;
const ASK_AGAIN_MS = 400;

export class Footage {
  readonly index = new FragmentIndex();
  readonly #backend: Backend;
  readonly #stream: string;
  readonly #settings: FootageSettings;
  readonly #loaded = new Map<number, LoadedFragment>();
  readonly #inFlight = new Map<number, AbortController>();
  readonly #tracks = new Map<number, Promise<Init | Failure>>();
  readonly #sounds = new WeakMap<LoadedFragment, PastSound>();
  readonly #failed = new Map<number, { failure: Failure; retryAtMs: number }>();
  #listing: AbortController | null = null;
  #listedAtMs = -Infinity;
  #listedMicros = -Infinity;
  #listedRange: TimeRange | null = null;
  #preparedMicros = -Infinity;
  #preparedRate = 0;
  #preparedAtMs = -Infinity;
  #hasNews = true;
  #listFailure: Failure | null = null;
  #closed = false;

  constructor(backend: Backend, stream: string, settings: FootageSettings) {
    this.#backend = backend;
    this.#stream = stream;
    this.#settings = settings;
  }

  locate(atMicros: number): Located {
    return this.index.locate(atMicros);
  }

  loaded(number: number): LoadedFragment | null {
    return this.#loaded.get(number) ?? null;
  }

  /** Works towards the frames around this playhead. */
  reach(playheadMicros: number, rate: number): AtHand {
    this.prepare(playheadMicros, rate);
    const located = this.locate(playheadMicros);
    if (located.kind === 'nothing') return { kind: 'nothing' };
    const problem = this.failureAt(playheadMicros);
    if (problem !== null) return { kind: 'failed', message: problem.message };
    const loaded = located.kind === 'fragment' ? this.loaded(located.fragment.number) : null;
    if (loaded === null) return { kind: 'loading' };
    return loaded.track === null ? { kind: 'sound' } : { kind: 'pictures', loaded, track: loaded.track };
  }

  /** The sound of the fragment at an instant; null while it is not at hand. */
  sound(atMicros: number): PastSound | null {
    const located = this.locate(atMicros);
    const loaded = located.kind === 'fragment' ? this.loaded(located.fragment.number) : null;
    if (loaded === null) return null;
    const known = this.#sounds.get(loaded);
    if (known !== undefined) return known;
    const sound = soundOf(loaded);
    this.#sounds.set(loaded, sound);
    return sound;
  }

  /** Why the instant can't be shown, where the recorder has said so. */
  failureAt(atMicros: number): Failure | null {
    const located = this.locate(atMicros);
    if (located.kind === 'fragment') return this.#failed.get(located.fragment.number)?.failure ?? null;
    return located.kind === 'unknown' ? this.#listFailure : null;
  }

  /** Brings what this playhead needs, and lets go of what it does not. */
  prepare(playheadMicros: number, rate: number): void {
    if (this.#closed) return;
    const isFar =
      Math.abs(playheadMicros - this.#preparedMicros) > NEAR_MICROS || rate !== this.#preparedRate;
    if (!isFar && !this.#hasNews && performance.now() - this.#preparedAtMs < PREPARE_MS) return;
    this.#preparedMicros = playheadMicros;
    this.#preparedRate = rate;
    this.#preparedAtMs = performance.now();
    this.#hasNews = false;
    this.#list(playheadMicros, rate);
    const now = performance.now();
    const usable = this.index.fragments.filter((fragment) => {
      const failed = this.#failed.get(fragment.number);
      return failed === undefined || failed.retryAtMs <= now;
    });
    const plan = planFetch({
      playheadMicros,
      rate,
      fragments: usable,
      loaded: new Set(this.#loaded.keys()),
      inFlight: new Set(this.#inFlight.keys()),
      budgetBytes: this.#settings.budgetBytes,
    });
    for (const number of plan.cancel) this.#inFlight.get(number)?.abort();
    for (const number of plan.drop) this.#loaded.delete(number);
    for (const number of plan.fetch) {
      const fragment = this.index.get(number);
      if (fragment !== null) void this.#fetch(fragment);
    }
    this.index.trim(playheadMicros);
  }

  close(): void {
    this.#closed = true;
    this.#listing?.abort();
    for (const request of this.#inFlight.values()) request.abort();
    this.#loaded.clear();
  }

  #list(playheadMicros: number, rate: number): void {
    if (this.#listing !== null) {
      const isStillWanted =
        this.#listedRange !== null &&
        this.#listedRange.from <= playheadMicros &&
        playheadMicros < this.#listedRange.to;
      if (isStillWanted) return;
      this.#listing.abort();
    }
    const now = this.#settings.now();
    const ahead = LIST_SPAN_MICROS * Math.max(1, Math.abs(rate) / 4);
    const wanted =
      rate < 0
        ? { from: playheadMicros - ahead, to: playheadMicros + LIST_BEHIND_MICROS }
        : { from: playheadMicros - LIST_BEHIND_MICROS, to: playheadMicros + ahead };
    const soon = SOON_MICROS * Math.max(1, Math.abs(rate));
    const near =
      rate < 0
        ? { from: playheadMicros - soon, to: Math.min(playheadMicros, now) }
        : { from: playheadMicros - LIST_BEHIND_MICROS, to: Math.min(playheadMicros + soon, now) };
    const missing = this.index.firstUnknown(near);
    if (missing === null) return;
    // Elsewhere at once; the same again only after a while.
    const pauseMs = this.#listFailure === null ? ASK_AGAIN_MS : RETRY_MS;
    const isSame = Math.abs(missing - this.#listedMicros) < NEAR_MICROS;
    if ((isSame || this.#listFailure !== null) && performance.now() - this.#listedAtMs < pauseMs) return;
    const listing = new AbortController();
    this.#listing = listing;
    this.#listedAtMs = performance.now();
    const asked = { from: rate < 0 ? wanted.from : missing, to: wanted.to };
    this.#listedMicros = missing;
    this.#listedRange = asked;
    void this.#backend.fragments(this.#stream, asked, LIST_LIMIT, listing.signal).then((answer) => {
      if (this.#listing === listing) this.#listing = null;
      if (this.#closed) return;
      if (answer.ok) {
        this.#listFailure = null;
        this.index.add(asked, answer.value, this.#settings.isGrowing() ? now - SETTLING_MICROS : now);
      } else if (answer.code !== 'aborted') this.#listFailure = answer;
      this.#tell();
    });
  }

  async #fetch(view: FragmentView): Promise<void> {
    const request = new AbortController();
    this.#inFlight.set(view.number, request);
    const [init, bytes] = await Promise.all([
      this.#init(view.segment),
      this.#backend.fragment(this.#stream, view.number, request.signal),
    ]);
    this.#inFlight.delete(view.number);
    if (this.#closed) return;
    if ('ok' in init) this.#fail(view, init);
    else if (!bytes.ok) this.#fail(view, bytes);
    else this.#take(view, init, new Uint8Array(bytes.value));
    this.#tell();
  }

  #tell(): void {
    this.#hasNews = true;
    this.#settings.changed();
  }

  #take(view: FragmentView, init: Init, bytes: Uint8Array<ArrayBuffer>): void {
    const { video, sound } = init.tracks;
    const leading = video ?? sound;
    try {
      if (leading === null) throw new DamagedMedia('It has no picture, and no sound of a known kind.');
      const samples = parseMedia(bytes, init.tracks, leading.id);
      if (samples.length === 0) throw new DamagedMedia('Nothing is in it.');
      const frames =
        video === null ? [] : framesOf(samples, video.timescale, view.number, view.from_micros, endOf(view));
      const shown = [...frames].sort((a, b) => a.atMicros - b.atMicros);
      const firstSeconds = Math.min(...samples.map((sample) => sample.presentationTicks)) / leading.timescale;
      this.#loaded.set(view.number, { view, track: video, frames, shown, bytes, init, firstSeconds });
      this.#failed.delete(view.number);
    } catch (error) {
      if (!(error instanceof DamagedMedia)) throw error;
      const message = `Fragment ${view.number} is damaged. ${error.message}`;
      this.#failed.set(view.number, {
        failure: { ok: false, code: 'damaged', message },
        retryAtMs: Infinity,
      });
    }
  }

  #fail(view: FragmentView, failure: Failure): void {
    if (failure.code === 'aborted') return;
    if (failure.code === 'not_found') this.index.remove(view.number);
    else this.#failed.set(view.number, { failure, retryAtMs: performance.now() + RETRY_MS });
  }

  #init(segment: number): Promise<Init | Failure> {
    const known = this.#tracks.get(segment);
    if (known !== undefined) return known;
    const asked = this.#backend.initSection(this.#stream, segment).then((answer): Init | Failure => {
      if (!answer.ok) {
        this.#tracks.delete(segment);
        return answer;
      }
      try {
        return { ...answer.value, tracks: parseInit(new Uint8Array(answer.value.bytes)) };
      } catch (error) {
        if (!(error instanceof DamagedMedia)) throw error;
        return { ok: false, code: 'damaged', message: `Segment ${segment} can't be read. ${error.message}` };
      }
    });
    this.#tracks.set(segment, asked);
    return asked;
  }
}

/** Counted from the fragment's first picture, without any from its first sound, as the archive counts. Damaged sound is silence. */
function soundOf({ view, init, bytes, firstSeconds }: LoadedFragment): PastSound {
  const { sound } = init.tracks;
  const untilMicros = endOf(view);
  if (sound === null) return { track: null, packets: [], untilMicros };
  try {
    const samples = parseMedia(bytes, init.tracks, sound.id);
    return {
      track: sound,
      packets: packetsOf(samples, sound.timescale, firstSeconds, view.from_micros),
      untilMicros,
    };
  } catch (error) {
    if (!(error instanceof DamagedMedia)) throw error;
    return { track: sound, packets: [], untilMicros };
  }
}
