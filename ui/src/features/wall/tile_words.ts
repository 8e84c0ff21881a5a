/** What a tile says instead of, or over, its picture: always why, and what happens next. */
import type { StreamView } from '$backend/types';
import type { TileStatus } from '$shared/player/player';
import { faultDetail, faultSentence } from '$shared/recorder/fault_words';
import { isSoundAlone } from '$shared/recorder/tracks';
import { duration, microsOf, moment, reasonLabel } from '$shared/time/format';
import type { Gap } from '$shared/timeline/coverage.svelte';

export interface TileWords {
  readonly title: string;
  readonly detail: string | null;
  /** For who wants to know more: a tooltip. */
  readonly reason?: string;
  /** What the operator can do about it here. */
  readonly offer: 'start' | 'nearest' | null;
}

export interface TileSituation {
  readonly status: TileStatus;
  readonly stream: StreamView | null;
  readonly gap: Gap | null;
  /** The recorder itself does not answer: whatever is known of the camera is old. */
  readonly isRecorderSilent: boolean;
  /** Whether any frame is on the screen behind the words. */
  readonly hasPicture: boolean;
  readonly playheadMicros: number;
  readonly nowMicros: number;
  /** `performance.now()` */
  readonly nowMs: number;
}

const SILENT = 'The recorder does not answer';

/** Null where the picture speaks for itself. */
export function tileWords(situation: TileSituation): TileWords | null {
  const { status, gap } = situation;
  switch (status.state) {
    case 'playing':
    case 'paused':
      return null;
    case 'loading':
      if (situation.hasPicture) return null;
      return { title: 'Loading…', detail: situation.isRecorderSilent ? SILENT : null, offer: null };
    case 'failed':
      return { title: 'This can’t be shown', detail: status.message, offer: 'nearest' };
    case 'sound':
      return {
        title: 'Sound only',
        detail: 'The camera sent no picture here; its sound was recorded',
        offer: null,
      };
    case 'nothing':
      return {
        title: gap === null ? 'Nothing recorded here' : reasonLabel(gap.reason),
        detail: gap === null ? outsideWords(situation) : `No footage for ${duration(gap.to - gap.from)}`,
        ...(gap?.detail ? { reason: faultDetail(gap.detail) } : {}),
        offer: 'nearest',
      };
    case 'connecting':
    case 'stale':
      return liveWords(situation);
  }
}

/** Before the first or after the last of what is kept: which of them, and since when. */
function outsideWords({ stream, playheadMicros, nowMicros }: TileSituation): string | null {
  const { first, last } = stream?.recorded ?? {};
  if (!first || !last) return 'Nothing of this camera is kept yet';
  const [from, to] = [microsOf(first), microsOf(last)];
  if (playheadMicros < from) return `What is kept of this camera begins at ${moment(from, nowMicros)}`;
  return playheadMicros >= to ? `What is kept of this camera ends at ${moment(to, nowMicros)}` : null;
}

function liveWords(situation: TileSituation): TileWords | null {
  const { status, stream, hasPicture, nowMicros, nowMs } = situation;
  const retry = retryWords(status.retryAtMs === null ? null : (status.retryAtMs - nowMs) * 1000);
  const age = ageOf(status, nowMs);
  const title = age === null || !hasPicture ? 'No picture' : `No picture for ${duration(age)}`;
  // Nothing is said of a camera by who can't know.
  if (situation.isRecorderSilent) return { title, detail: joined([SILENT, retry]), offer: null };
  if (stream?.enabled === false) return { title: 'Stopped by an operator', detail: null, offer: 'start' };
  const fault = stream?.fault ?? null;
  if (fault !== null) {
    const again = retryWords(fault.retry_at ? microsOf(fault.retry_at) - nowMicros : null);
    // Each failed try is a fault of its own; the picture has been missing for longer.
    const missing = Math.max(nowMicros - microsOf(fault.since), age ?? 0);
    return {
      title: `No picture for ${duration(missing)}`,
      detail: joined([faultSentence(fault.code, fault.detail), again]),
      reason: faultDetail(fault.detail),
      offer: null,
    };
  }
  if (stream?.state === 'waiting') {
    return {
      title: 'Waiting for a producer',
      detail: 'Nothing pushes media to this stream yet',
      offer: null,
    };
  }
  if (stream !== null && isSoundAlone(stream)) {
    return { title: 'Sound only', detail: 'The camera sends no picture; its sound is recorded', offer: null };
  }
  if (status.state === 'connecting') return { title: 'Connecting…', detail: status.message, offer: null };
  const detail = [status.message ?? faultSentence('camera_silent', ''), retry];
  return { title, detail: joined(detail), offer: null };
}

/** How long ago the last live frame was painted, in microseconds. */
const ageOf = ({ lastFrameMs }: TileStatus, nowMs: number): number | null =>
  lastFrameMs === null ? null : (nowMs - lastFrameMs) * 1000;

/** What is known, as one line: each part without its full stop, the first with a capital, unless
 * it is an address. */
function joined(parts: readonly (string | null)[]): string {
  const line = parts
    .filter((part) => part !== null && part !== '')
    .map((part) => part?.replace(/\.$/, ''))
    .join(' · ');
  return /^\S+:\/\//.test(line) ? line : line.charAt(0).toUpperCase() + line.slice(1);
}

export function retryWords(inMicros: number | null): string | null {
  if (inMicros === null) return null;
  const seconds = Math.ceil(inMicros / 1e6);
  return seconds <= 0 ? 'trying again now' : `trying again in ${seconds} s`;
}
