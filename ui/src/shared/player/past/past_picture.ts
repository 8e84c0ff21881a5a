/**
 * One tile's picture at a playhead in the past.
 *
 * Belongs here: driving one decoder by the plan and keeping the pictures around the playhead.
 * Not here: what to decode ({@link ./decode_plan}), what to fetch ({@link ./footage}), clocks.
 */
import type { VideoTrack } from '../demux/init';
import { isSameTrack, type OpenDecoder, type Picture, type PictureDecoder } from '../picture';
import type { Frame } from '../demux/frames';
import { frameAt, planDecode, runOf, wantedFrames, type FrameRun } from './decode_plan';
import type { Footage, LoadedFragment } from './footage';
import { frameBeside } from './frame_steps';
import { PictureWindow } from './picture_window';
import type { PastAnswer, PastSound, PastSource } from '../source';

/** Faster than this, only key frames are shown. */
export const KEY_FRAMES_ABOVE = 4;
const MOST_QUEUED = 6;
const FEWEST_PICTURES = 6;
const MOST_PICTURES = 32;
/** Fragments after the playhead's own that one plan looks over. */
const RUN_AHEAD = 3;

export class PastPicture implements PastSource {
  readonly #footage: Footage;
  readonly #open: OpenDecoder;
  readonly #budgetBytes: () => number;
  readonly #changed: () => void;
  readonly #window = new PictureWindow(FEWEST_PICTURES);
  readonly #underway = new Set<number>();
  /** Went in and never came out. */
  readonly #lost = new Set<number>();
  #decoder: PictureDecoder | null = null;
  #track: VideoTrack | null = null;
  #next: Frame | null = null;
  #run: { of: readonly LoadedFragment[]; keyFramesOnly: boolean; frames: FrameRun } | null = null;
  /** The latest instant handed in since the decoder's last reset. */
  #latestMicros = -Infinity;
  #isFlushing = false;
  #failure: string | null = null;
  /** Rises with each restart, so that a flush of before is known as such. */
  #epoch = 0;

  constructor(footage: Footage, open: OpenDecoder, budgetBytes: () => number, changed: () => void) {
    this.#footage = footage;
    this.#open = open;
    this.#budgetBytes = budgetBytes;
    this.#changed = changed;
  }

  /** Works towards the picture at this instant and says how far it is. */
  show(playheadMicros: number, rate: number): PastAnswer {
    const atHand = this.#footage.reach(playheadMicros, rate);
    if (atHand.kind !== 'pictures') return atHand;
    const { loaded, track } = atHand;

    this.#useTrack(track);
    if (this.#failure !== null) return { kind: 'failed', message: this.#failure };
    const keyFramesOnly = Math.abs(rate) > KEY_FRAMES_ABOVE;
    const run = this.#runAround(loaded, keyFramesOnly);
    const target = frameAt(run.shown, playheadMicros);
    if (target === null) return { kind: 'loading' };

    const leaning = rate === 0 ? 'both' : rate < 0 ? 'backward' : 'forward';
    const capacity = this.#capacity(track);
    const wanted = wantedFrames(run.shown, target, rate, Math.floor(capacity / 2)).filter(
      (frame) => !this.#lost.has(frame.atMicros),
    );
    this.#window.aim(playheadMicros, leaning, capacity, new Set(wanted.map((frame) => frame.atMicros)));
    this.#work(run, wanted);
    const picture = this.#window.get(target.atMicros);
    if (picture !== null) return { kind: 'picture', frame: target, picture };
    if (this.#lost.has(target.atMicros)) return this.#standIn(run, target);
    return { kind: 'loading' };
  }

  frameBeside(playheadMicros: number, count: number): number | null {
    return frameBeside(this.#footage, playheadMicros, count);
  }

  sound(atMicros: number): PastSound | null {
    return this.#footage.sound(atMicros);
  }

  close(): void {
    this.#release();
    this.#footage.close();
  }

  #release(): void {
    this.#epoch += 1;
    this.#decoder?.close();
    this.#decoder = null;
    this.#window.clear();
    this.#underway.clear();
  }

  /** Made anew only when other fragments belong to it. */
  #runAround(centre: LoadedFragment, keyFramesOnly: boolean): FrameRun {
    const fragments = this.#around(centre);
    const isSame =
      this.#run !== null &&
      this.#run.keyFramesOnly === keyFramesOnly &&
      this.#run.of.length === fragments.length &&
      this.#run.of.every((fragment, index) => fragment === fragments[index]);
    if (this.#run === null || !isSame) {
      this.#run = { of: fragments, keyFramesOnly, frames: runOf(fragments, keyFramesOnly) };
    }
    return this.#run.frames;
  }

  /** The fragment with what it is decoded from and what follows it, as far as it is at hand. */
  #around(centre: LoadedFragment): LoadedFragment[] {
    const run = [centre];
    const join = (beside: LoadedFragment, direction: 1 | -1): LoadedFragment | null => {
      const neighbour = this.#footage.index.neighbour(beside.view.number, direction);
      const loaded = neighbour === null ? null : this.#footage.loaded(neighbour.number);
      return loaded !== null && isSameTrack(loaded.track, centre.track) ? loaded : null;
    };
    let first = centre;
    // One more than what is needed to decode, for steps and playing backwards.
    for (let extra = 1; extra > 0 || !first.view.independent;) {
      if (first.view.independent) extra -= 1;
      const before = join(first, -1);
      if (before === null) break;
      run.unshift(before);
      first = before;
    }
    let last = centre;
    for (let count = 0; count < RUN_AHEAD; count += 1) {
      const after = join(last, 1);
      if (after === null) break;
      run.push(after);
      last = after;
    }
    return run;
  }

  #work(run: FrameRun, wanted: readonly Frame[]): void {
    const decoder = this.#decoder;
    if (decoder === null) return;
    while (!this.#isFlushing && decoder.queued < MOST_QUEUED) {
      const step = planDecode({
        run,
        wanted,
        next: this.#next,
        underway: this.#underway,
        isDecoded: (atMicros) => this.#window.has(atMicros),
      });
      if (step.do === 'rest' || step.do === 'wait') return;
      if (step.do === 'flush') {
        void this.#flush(decoder);
        return;
      }
      // GStreamer's decoders give whatever lies before the last picture that picture's instant.
      const goesBack = step.frame.atMicros <= this.#latestMicros;
      if (step.restart && (goesBack || this.#underway.size > 0)) {
        decoder.reset();
        this.#latestMicros = -Infinity;
        this.#underway.clear();
        this.#epoch += 1;
      }
      this.#underway.add(step.frame.atMicros);
      this.#latestMicros = Math.max(this.#latestMicros, step.frame.atMicros);
      decoder.decode(step.frame);
      this.#next = run.decode[run.decode.indexOf(step.frame) + 1] ?? null;
    }
  }

  async #flush(decoder: PictureDecoder): Promise<void> {
    const epoch = this.#epoch;
    this.#isFlushing = true;
    this.#next = null;
    await decoder.flush();
    this.#isFlushing = false;
    if (epoch !== this.#epoch) return;
    for (const atMicros of this.#underway) this.#lost.add(atMicros);
    this.#underway.clear();
    this.#changed();
  }

  #take(picture: Picture): void {
    this.#underway.delete(picture.atMicros);
    this.#lost.delete(picture.atMicros);
    this.#window.put(picture);
    this.#changed();
  }

  #useTrack(track: VideoTrack): void {
    if (this.#track !== null && isSameTrack(this.#track, track)) return;
    this.#release();
    this.#track = track;
    this.#failure = null;
    this.#next = null;
    this.#latestMicros = -Infinity;
    this.#isFlushing = false;
    this.#lost.clear();
    this.#decoder = this.#open(track, false, {
      picture: (picture) => this.#take(picture),
      failed: (message) => {
        this.#failure = `This browser can't decode ${track.codec}: ${message}`;
        this.#changed();
      },
    });
  }

  /** A frame that the decoder never gave out is stood in for by the one shown before it. */
  #standIn(run: FrameRun, target: Frame): PastAnswer {
    for (let place = run.shown.indexOf(target) - 1; place >= 0; place -= 1) {
      const frame = run.shown[place];
      if (frame === undefined) break;
      const picture = this.#window.get(frame.atMicros);
      if (picture !== null) return { kind: 'picture', frame, picture };
      if (!this.#lost.has(frame.atMicros)) break;
    }
    return { kind: 'failed', message: 'The frame at this instant is damaged.' };
  }

  #capacity(track: VideoTrack): number {
    const bytes = Math.max(1, track.width * track.height * 1.5);
    return Math.min(MOST_PICTURES, Math.max(FEWEST_PICTURES, Math.floor(this.#budgetBytes() / bytes)));
  }
}
