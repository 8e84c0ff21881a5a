/** What a stream's tracks tell of its camera. */
import type { StreamView } from '$backend/types';

/** It records, and there is no picture in what comes. */
export function isSoundAlone({ state, tracks }: StreamView): boolean {
  return state === 'recording' && tracks.length > 0 && tracks.every(({ kind }) => kind === 'audio');
}
