/**
 * A picture in the past by way of a hidden `<video>`: exact where it stands, close while it runs.
 *
 * Belongs here: which fragments the video has and where it stands in them. Not here: fetching.
 */
import type { Frame } from '../demux/frames';
import { isSameTrack } from '../picture';
import { frameAt } from '../past/decode_plan';
import { frameBeside } from '../past/frame_steps';
import type { Footage, LoadedFragment } from '../past/footage';
import type { PastAnswer, PastSound, PastSource } from '../source';
import { Stage } from './stage';

/** The video's own time begins this long before the first playhead, so that it never is negative. */
const BEFORE_MICROS = 12 * 3600e6;
const FASTEST_RUNNING = 4;
const MOST_DRIFT_SECONDS = 0.3;
const MOST_FRAGMENTS = 16;
const AHEAD_FRAGMENTS = 3;

export class PastVideo implements PastSource {
  readonly #footage: Footage;
  readonly #wake: () => void;
  readonly #given = new Map<number, LoadedFragment>();
  #stage: Stage | null = null;
  #of: LoadedFragment | null = null;
  #zeroMicros = 0;
  /** The instant of what the video shows. */
  #presentedMicros: number | null = null;
  #sought: number | null = null;
  #failure: string | null = null;

  constructor(footage: Footage, wake: () => void) {
    this.#footage = footage;
    this.#wake = wake;
  }

  show(playheadMicros: number, rate: number): PastAnswer {
    const atHand = this.#footage.reach(playheadMicros, rate);
    if (atHand.kind !== 'pictures') return atHand;
    const { loaded } = atHand;
    const stage = this.#stageFor(loaded, playheadMicros);
    if (stage === null) return { kind: 'failed', message: this.#failure ?? 'This browser can’t show this.' };
    this.#give(stage, loaded, playheadMicros);
    const isRunning = rate > 0 && rate <= FASTEST_RUNNING;
    const target = frameAt(loaded.shown, playheadMicros);
    if (target === null) return { kind: 'loading' };
    return isRunning ? this.#run(stage, loaded, playheadMicros, rate) : this.#stand(stage, target);
  }

  frameBeside(playheadMicros: number, count: number): number | null {
    return frameBeside(this.#footage, playheadMicros, count);
  }

  sound(atMicros: number): PastSound | null {
    return this.#footage.sound(atMicros);
  }

  close(): void {
    this.#stage?.close();
    this.#stage = null;
    this.#footage.close();
  }

  #seconds(atMicros: number): number {
    return (atMicros - this.#zeroMicros) / 1e6;
  }

  #stageFor(loaded: LoadedFragment, playheadMicros: number): Stage | null {
    if (this.#of !== null && isSameTrack(this.#of.track, loaded.track)) {
      return this.#failure === null ? this.#stage : null;
    }
    this.#stage?.close();
    this.#stage = null;
    this.#of = loaded;
    this.#given.clear();
    this.#presentedMicros = null;
    this.#sought = null;
    this.#failure = null;
    this.#zeroMicros = playheadMicros - BEFORE_MICROS;
    if (!Stage.canPlay(loaded.init.mime)) {
      this.#failure = `This browser can’t decode ${loaded.init.mime}.`;
      return null;
    }
    this.#stage = new Stage(
      loaded.init.mime,
      (seconds) => {
        this.#presentedMicros = this.#zeroMicros + seconds * 1e6;
        this.#wake();
      },
      (message) => {
        this.#failure = message;
        this.#wake();
      },
      this.#wake,
    );
    this.#stage.append(new Uint8Array(loaded.init.bytes));
    return this.#stage;
  }

  /** Hands over the playhead's fragment and what follows; takes back what is far. */
  #give(stage: Stage, centre: LoadedFragment, playheadMicros: number): void {
    let fragment: LoadedFragment | null = centre;
    for (let count = 0; count <= AHEAD_FRAGMENTS && fragment !== null; count += 1) {
      if (!this.#given.has(fragment.view.number)) {
        this.#given.set(fragment.view.number, fragment);
        stage.append(fragment.bytes, this.#seconds(fragment.view.from_micros) - fragment.firstSeconds);
      }
      const next = this.#footage.index.neighbour(fragment.view.number, 1);
      const loaded: LoadedFragment | null = next === null ? null : this.#footage.loaded(next.number);
      fragment = loaded !== null && isSameTrack(loaded.track, centre.track) ? loaded : null;
    }
    if (this.#given.size <= MOST_FRAGMENTS) return;
    const distance = ({ view }: LoadedFragment): number => Math.abs(view.from_micros - playheadMicros);
    const farthest = [...this.#given.values()].sort((a, b) => distance(b) - distance(a))[0];
    if (farthest === undefined) return;
    const { view } = farthest;
    this.#given.delete(view.number);
    stage.remove(this.#seconds(view.from_micros), this.#seconds(view.from_micros + view.duration_micros));
  }

  /** Exactly this frame: sought in its middle, so that rounding never shows its neighbour. */
  #stand(stage: Stage, target: Frame): PastAnswer {
    const { video } = stage;
    if (!video.paused) video.pause();
    const middle = (target.atMicros + target.untilMicros) / 2;
    if (this.#sought !== target.atMicros && !video.seeking && stage.has(this.#seconds(middle))) {
      this.#sought = target.atMicros;
      this.#presentedMicros = null;
      video.currentTime = this.#seconds(middle);
    }
    const shown = this.#presentedMicros;
    const isThere = shown !== null && this.#sought === target.atMicros && !video.seeking;
    return isThere ? this.#picture(video, target) : { kind: 'loading' };
  }

  /** The video runs by itself and is put right when it drifts. */
  #run(stage: Stage, loaded: LoadedFragment, playheadMicros: number, rate: number): PastAnswer {
    const { video } = stage;
    this.#sought = null;
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (video.paused) video.play().catch(() => {});
    const drift = this.#seconds(playheadMicros) - video.currentTime;
    const there = this.#seconds(playheadMicros);
    if (Math.abs(drift) > MOST_DRIFT_SECONDS && !video.seeking && stage.has(there)) video.currentTime = there;
    const shown = this.#presentedMicros;
    if (shown === null || Math.abs(playheadMicros - shown) > MOST_DRIFT_SECONDS * 1e6 * Math.max(1, rate)) {
      return { kind: 'loading' };
    }
    const holder = [...this.#given.values()].find(
      ({ view }) => view.from_micros <= shown && shown < view.from_micros + view.duration_micros,
    );
    const frame = frameAt((holder ?? loaded).shown, shown + 1);
    return frame === null ? { kind: 'loading' } : this.#picture(video, frame);
  }

  #picture(video: HTMLVideoElement, frame: Frame): PastAnswer {
    const picture = {
      atMicros: frame.atMicros,
      width: video.videoWidth,
      height: video.videoHeight,
      image: video,
      close: () => {},
    };
    return { kind: 'picture', frame, picture };
  }
}
