/**
 * Which frame to decode next, so that the wanted one is shown soonest.
 *
 * Belongs here: the pure choice over frame tables. Not here: decoders, pictures.
 */
import type { Frame } from '../demux/frames';
import type { LoadedFragment } from './footage';

/** Frames of fragments that follow each other without a missing moment, in both orders. */
export interface FrameRun {
  /** In decode order. */
  readonly decode: readonly Frame[];
  /** In the order in which they are shown. */
  readonly shown: readonly Frame[];
}

/** With `keyFramesOnly`, as if the camera had sent nothing else: what fast winding shows. */
export function runOf(fragments: readonly LoadedFragment[], keyFramesOnly: boolean): FrameRun {
  const pick = (frames: readonly Frame[]): readonly Frame[] =>
    keyFramesOnly ? frames.filter((frame) => frame.isSync) : frames;
  return {
    decode: fragments.flatMap((fragment) => pick(fragment.frames)),
    shown: fragments.flatMap((fragment) => pick(fragment.shown)),
  };
}

/** The pictures to have for this playhead, most urgent first; at most `most`. */
export function wantedFrames(shown: readonly Frame[], target: Frame, rate: number, most: number): Frame[] {
  const place = shown.indexOf(target);
  const wanted = [target];
  const take = (offset: number): void => {
    const frame = shown[place + offset];
    if (frame !== undefined && wanted.length < most) wanted.push(frame);
  };
  if (rate === 0) [1, -1, 2, -2].forEach(take);
  else for (let step = 1; step < most; step += 1) take(rate < 0 ? -step : step);
  return wanted;
}

/** The frame that stands on the screen at an instant. */
export function frameAt(shown: readonly Frame[], atMicros: number): Frame | null {
  let [low, high] = [0, shown.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const frame = shown[middle];
    if (frame !== undefined && frame.atMicros <= atMicros) low = middle + 1;
    else high = middle;
  }
  return shown[Math.max(0, low - 1)] ?? null;
}

export interface DecodeSituation {
  readonly run: FrameRun;
  /** Which pictures are wanted, most urgent first. */
  readonly wanted: readonly Frame[];
  /** The decoder's place: the frame after the last one handed in; null when it must start anew. */
  readonly next: Frame | null;
  /** Handed in and not yet come out, by instant. */
  readonly underway: ReadonlySet<number>;
  readonly isDecoded: (atMicros: number) => boolean;
}

export type DecodeStep =
  /** All that is wanted is there. */
  | { readonly do: 'rest' }
  /** The decoder has what it needs; pictures will come. */
  | { readonly do: 'wait' }
  /** Hand this frame in; with `restart` after forgetting what is under way. */
  | { readonly do: 'feed'; readonly frame: Frame; readonly restart: boolean }
  /** Nothing more can be handed in, so make the decoder give out the rest. */
  | { readonly do: 'flush' };

/** A decoder holds back at most this many frames (H.264 and H.265 allow 16), and its threads a few. */
const MOST_UNDERWAY = 24;

export function planDecode(situation: DecodeSituation): DecodeStep {
  const { run, wanted, next, underway, isDecoded } = situation;
  const missing = wanted.find((frame) => !isDecoded(frame.atMicros));
  if (missing === undefined) return { do: 'rest' };
  if (underway.has(missing.atMicros)) return pushOut(situation);

  const target = run.decode.indexOf(missing);
  if (target < 0) return { do: 'wait' };
  let key = target;
  while (key > 0 && run.decode[key]?.isSync !== true) key -= 1;
  const start = run.decode[key];
  // Its key frame is not loaded yet.
  if (start === undefined || !start.isSync) return { do: 'wait' };

  const place = next === null ? -1 : run.decode.indexOf(next);
  // Going on is right while no later key frame would be a shorter way.
  const goesOn = next !== null && place >= key && place <= target;
  if (goesOn) return { do: 'feed', frame: next, restart: false };
  return { do: 'feed', frame: start, restart: true };
}

/** The wanted frame is in the decoder, which may hold it back until more comes. */
function pushOut({ run, next, underway }: DecodeSituation): DecodeStep {
  if (underway.size >= MOST_UNDERWAY) return { do: 'flush' };
  if (next !== null && run.decode.includes(next)) return { do: 'feed', frame: next, restart: false };
  return { do: 'flush' };
}
