/** A camera's state in a word, and the reason behind it in a line. */
import type { StreamState, StreamView } from '$backend/types';
import { faultDetail } from '$shared/recorder/fault_words';
import { isSoundAlone } from '$shared/recorder/tracks';
import { duration, microsOf, reasonLabel } from '$shared/time/format';

const WORDS: Record<StreamState, string> = {
  recording: 'Recording',
  connecting: 'Connecting',
  retrying: 'No picture',
  waiting: 'Waiting',
  stopped: 'Stopped',
  resting: 'Off schedule',
  offline: 'Recorder off',
};

export const stateWord = (state: StreamState): string => WORDS[state];

/** At the right of a row: what is worth a glance. */
export function glance(stream: StreamView): string {
  if (stream.state !== 'recording') return stateWord(stream.state);
  return isSoundAlone(stream) ? 'Sound only' : `${stream.figures.frames_per_second.toFixed(0)} fps`;
}

export interface FaultLine {
  readonly reason: string;
  /** When it is tried again: `in 9 s`. */
  readonly retry: string | null;
}

/** Under the name of one that does not record though it should. */
export function faultLine(stream: StreamView, nowMicros: number): FaultLine | null {
  const { fault } = stream;
  if (!fault) return null;
  const wait = fault.retry_at ? microsOf(fault.retry_at) - nowMicros : null;
  const retry = wait === null ? null : wait <= 0 ? 'trying' : `again in ${Math.ceil(wait / 1e6)} s`;
  return {
    reason: reasonLabel(fault.code).replace(/^Camera (\w)/, (_, first: string) => first.toUpperCase()),
    retry,
  };
}

export function faultTitle(stream: StreamView, nowMicros: number): string {
  const { fault } = stream;
  if (!fault) return `${stream.name}: ${stateWord(stream.state)}, kept for ${stream.retention}`;
  return `${reasonLabel(fault.code)} for ${duration(nowMicros - microsOf(fault.since))}\n${faultDetail(fault.detail)}`;
}
