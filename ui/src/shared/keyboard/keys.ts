/**
 * Keys to actions. Pure, so that the list that `?` shows and what keys do are one thing.
 */
import type { Command } from '$shared/timeline/state';

export type Action =
  | { readonly type: 'command'; readonly command: Command }
  /** Zoom around the playhead. */
  | { readonly type: 'zoom'; readonly factor: number }
  /** A frame while it stands, five seconds while it plays. */
  | { readonly type: 'nudge'; readonly direction: 1 | -1 }
  | { readonly type: 'camera'; readonly number: number }
  | { readonly type: 'fullScreen' }
  | { readonly type: 'help' }
  | { readonly type: 'boxes' }
  | { readonly type: 'escape' };

export interface Key {
  readonly key: string;
  readonly code: string;
  readonly shift: boolean;
  readonly control: boolean;
  readonly alt: boolean;
}

const command = (value: Command): Action => ({ type: 'command', command: value });

export function actionOf({ key, code, shift, control, alt }: Key): Action | null {
  if (control || alt) return null;
  const letter = key.toLowerCase();
  if (key === ' ' || letter === 'k') return command({ type: 'togglePlay' });
  if (letter === 'l') return command(shift ? { type: 'followLive' } : { type: 'shuttle', direction: 1 });
  if (letter === 'j') return command({ type: 'shuttle', direction: -1 });
  if (letter === 'r') return command({ type: 'replay' });
  if (letter === 'x') return command({ type: 'select', range: null });
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const direction = key === 'ArrowLeft' ? -1 : 1;
    return shift ? command({ type: 'skip', byMicros: direction * 1e6 }) : { type: 'nudge', direction };
  }
  if (key === 'Home') return command({ type: 'first' });
  if (key === 'End') return command({ type: 'last' });
  if (key === '+' || key === '=') return { type: 'zoom', factor: 2 };
  if (key === '-' || key === '_') return { type: 'zoom', factor: 0.5 };
  if (key === '?') return { type: 'help' };
  if (key === 'Escape') return { type: 'escape' };
  if (letter === 'f') return { type: 'fullScreen' };
  if (letter === 'b') return { type: 'boxes' };
  const digit = /^Digit([1-9])$/.exec(code)?.[1];
  return digit !== undefined && !shift ? { type: 'camera', number: Number(digit) } : null;
}

export const KEY_LIST: readonly {
  readonly title: string;
  readonly keys: readonly (readonly [string, string])[];
}[] = [
  {
    title: 'Playback',
    keys: [
      ['Space K', 'Play or pause'],
      ['J L', 'Backwards, forwards; again for faster'],
      ['← →', 'One frame; five seconds while playing'],
      ['Shift ← →', 'One second'],
      ['R', 'The last ten seconds again'],
      ['Shift L', 'Live'],
    ],
  },
  {
    title: 'Timeline',
    keys: [
      ['+ −', 'Zoom in, out'],
      ['Home End', 'First, last recorded frame'],
      ['Shift drag', 'Select a range'],
      ['X', 'Clear the selection'],
    ],
  },
  {
    title: 'View',
    keys: [
      ['1 – 9', 'Camera on the wall'],
      ['B', 'Boxes of detections'],
      ['F', 'Full screen'],
      ['Esc', 'Back to the wall'],
      ['?', 'These keys'],
    ],
  },
];
