/**
 * Frames that were picked one by one for a dataset. Pure.
 *
 * Not here: where they are kept ({@link ./picked_store.svelte}).
 * Invariant: no frame twice, never more than {@link MOST_PICKED}, the newest last.
 */
import type { PickedFrame } from '$backend/types';

export const MOST_PICKED = 10_000;

export type Picking =
  | { readonly type: 'added'; readonly frames: readonly PickedFrame[] }
  | { readonly type: 'known' }
  | { readonly type: 'full' };

export function picked(frames: readonly PickedFrame[], frame: PickedFrame): Picking {
  if (frames.some((other) => other.stream === frame.stream && other.at_micros === frame.at_micros))
    return { type: 'known' };
  if (frames.length >= MOST_PICKED) return { type: 'full' };
  return { type: 'added', frames: [...frames, frame] };
}

/** What was saved, as far as it still makes sense. */
export function parsedFrames(text: string | null): readonly PickedFrame[] {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(value)) return [];
  const seen = new Map<string, PickedFrame>();
  for (const entry of value as unknown[]) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { stream, at_micros: at } = entry as Record<string, unknown>;
    if (typeof stream !== 'string' || stream === '' || !Number.isSafeInteger(at)) continue;
    seen.set(`${String(at)} ${stream}`, { stream, at_micros: at as number });
    if (seen.size >= MOST_PICKED) break;
  }
  return [...seen.values()];
}

/** `1 frame for a dataset` */
export const pickedWords = (count: number): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? 'frame' : 'frames'} for a dataset`;
