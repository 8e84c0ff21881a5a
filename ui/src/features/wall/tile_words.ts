/** What a tile says instead of, or over, its picture: always why, and what happens next. */
import type { StreamView } from '$backend/types';
import type { TileStatus } from '$shared/player/player';
import { duration, microsOf, reasonLabel } from '$shared/time/format';
import type { Gap } from '$shared/timeline/coverage.svelte';

export interface TileWords {
  readonly title: string;
  readonly detail: string | null;
  /** What the operator can do about it here. */
  readonly offer: 'start' | 'nearest' | null;
}

export interface TileSituation {
  readonly status: TileStatus;
  readonly stream: StreamView | null;
  readonly gap: Gap | null;
  /** Whether any frame is on the screen behind the words. */
  readonly hasPicture: boolean;
  readonly nowMicros: number;
  /** `performance.now()` */
  readonly nowMs: number;
}

/** Null where the picture speaks for itself. */
export function tileWords(situation: TileSituation): TileWords | null {
  const { status, gap } = situation;
  switch (status.state) {
    case 'playing':
    case 'paused':
      return null;
    case 'loading':
      return situation.hasPicture ? null : { title: 'Loading…', detail: null, offer: null };
    case 'failed':
      return { title: 'This can’t be shown', detail: status.message, offer: 'nearest' };
    case 'nothing':
      return {
        title: gap === null ? 'Nothing recorded here' : reasonLabel(gap.reason),
        detail: gap === null ? null : (gap.detail ?? `No footage for ${duration(gap.to - gap.from)}`),
        offer: 'nearest',
      };
    case 'connecting':
    case 'stale':
      return liveWords(situation);
  }
}

function liveWords({ status, stream, hasPicture, nowMicros, nowMs }: TileSituation): TileWords | null {
  if (stream?.enabled === false) return { title: 'Stopped by an operator', detail: null, offer: 'start' };
  const fault = stream?.fault ?? null;
  if (fault !== null) {
    const detail = [fault.detail, retryWords(fault.retry_at ? microsOf(fault.retry_at) - nowMicros : null)];
    const title = `No picture for ${duration(nowMicros - microsOf(fault.since))}`;
    return { title, detail: joined(detail), offer: null };
  }
  if (stream?.state === 'waiting') {
    return {
      title: 'Waiting for a producer',
      detail: 'Nothing pushes media to this stream yet',
      offer: null,
    };
  }
  if (status.state === 'connecting') return { title: 'Connecting…', detail: status.message, offer: null };
  const retry = retryWords(status.retryAtMs === null ? null : (status.retryAtMs - nowMs) * 1000);
  const detail = [status.message ?? 'The camera is connected and sends no picture', retry];
  const age = status.lastFrameMs === null ? null : (nowMs - status.lastFrameMs) * 1000;
  return {
    title: age === null || !hasPicture ? 'No picture' : `No picture for ${duration(age)}`,
    detail: joined(detail),
    offer: null,
  };
}

/** What is known, as one line: each part without its full stop, the first with a capital. */
function joined(parts: readonly (string | null)[]): string {
  const line = parts
    .filter((part) => part !== null && part !== '')
    .map((part) => part?.replace(/\.$/, ''))
    .join(' · ');
  return line.charAt(0).toUpperCase() + line.slice(1);
}

export function retryWords(inMicros: number | null): string | null {
  if (inMicros === null) return null;
  const seconds = Math.ceil(inMicros / 1e6);
  return seconds <= 0 ? 'trying again now' : `trying again in ${seconds} s`;
}
