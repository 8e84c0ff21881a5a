/** Exports in words: what is expected of one, how it goes, what came of it. Pure. */
import type { ExportEstimate, ExportFormat, ExportVerified, ExportView } from '$backend/types';
import { bytes, calendarDay, clock, dayShort, duration } from '$shared/time/format';

const FORMATS: Record<ExportFormat, string> = {
  mp4: 'MP4',
  mkv: 'Matroska',
  frames: 'Frames',
  dataset: 'Dataset',
};

export const formatWord = (format: ExportFormat): string => FORMATS[format];

/** `about 40 s`, `a moment` */
export function waitWords(seconds: number): string {
  if (seconds < 2) return 'a moment';
  return `about ${seconds < 10 ? `${Math.ceil(seconds)} s` : duration(seconds * 1e6)}`;
}

/** What of the range is not there; null when all is. */
export function missingWords({
  missing_micros: missing,
  recorded_micros: recorded,
}: ExportEstimate): string | null {
  if (recorded === 0 && missing > 0) return 'Nothing of it is recorded.';
  // Less than a frame is a matter of rounding.
  if (missing < 50_000) return null;
  const share = Math.round((100 * missing) / (missing + recorded));
  return `${duration(missing)} of it is missing (${share < 1 ? 'less than 1' : share} %) and is left out.`;
}

/** `bikes`, `bikes and clock`, `bikes and 3 more` */
export function namesOf(streams: readonly string[]): string {
  const [first = 'Picked frames', second] = streams;
  if (streams.length <= 1) return first;
  return streams.length === 2 ? `${first} and ${second ?? ''}` : `${first} and ${streams.length - 1} more`;
}

/** `14:04:10 – 14:06:55`, with the days where they are not today's or not the same. */
export function rangeWords(one: ExportView, nowMicros: number): string {
  const { from_micros: from, to_micros: to } = one;
  if (to <= from) return '';
  const day = (micros: number): string => calendarDay(micros);
  if (day(from) === day(to))
    return `${day(from) === day(nowMicros) ? '' : `${dayShort(from)} `}${clock(from)} – ${clock(to)}`;
  return `${dayShort(from)} ${clock(from)} – ${dayShort(to)} ${clock(to)}`;
}

/** How it stands, in a line. */
export function stateWords(one: ExportView): string {
  switch (one.state) {
    case 'waiting':
      return 'Waiting for its turn';
    case 'running':
      return `${percent(one.progress)} %${one.bytes > 0 ? ` · ${bytes(one.bytes)}` : ''}`;
    case 'done':
      return one.files.length === 0 ? 'Nothing was recorded' : bytes(one.bytes);
    case 'failed':
      return 'Failed';
    case 'cancelled':
      return 'Cancelled';
  }
}

/** Never 100 before it is done. */
export const percent = (progress: number): number =>
  Math.max(0, Math.min(progress < 1 ? 99 : 100, Math.floor(progress * 100)));

export function verifiedWords(answer: ExportVerified, files: number): string {
  if (answer.whole)
    return files === 1 ? 'The file is what was written.' : `All ${files} files are what was written.`;
  return answer.findings.join(' ') || 'The files are not what was written.';
}

/** For somebody who looks elsewhere. */
export function endWords(one: ExportView): string {
  const name = namesOf(one.streams);
  if (one.state === 'done') return `The export of ${name} is ready.`;
  if (one.state === 'cancelled') return `The export of ${name} was cancelled.`;
  return `The export of ${name} failed. ${one.failure ?? ''}`.trim();
}
