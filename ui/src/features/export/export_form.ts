/**
 * What the export dialogue holds, and what of it goes to the recorder. Pure.
 *
 * Not here: the recorder's answers in words ({@link ./export_words}).
 */
import type { TimeRange } from '$backend/backend';
import { instant } from '$backend/http';
import type { ExportCreate, ExportFormat, PickedFrame } from '$backend/types';

/** `picked` is `frames` or `dataset` of single frames in place of a range. */
export type ExportKind = ExportFormat | 'picked';

export interface ExportForm {
  kind: ExportKind;
  range: TimeRange;
  streams: readonly string[];
  /** `1s` */
  every: string;
  /** How picked frames are handed over. */
  pickedAs: 'frames' | 'dataset';
}

export const KINDS: readonly { readonly kind: ExportKind; readonly label: string; readonly about: string }[] =
  [
    { kind: 'mp4', label: 'Original, MP4', about: 'Cut exactly at both ends, not encoded again' },
    { kind: 'mkv', label: 'Original, Matroska', about: 'Whole fragments: a little more at either end' },
    { kind: 'frames', label: 'Frames', about: 'JPEG pictures in a ZIP archive' },
    { kind: 'dataset', label: 'Dataset', about: 'Pictures and sightings, as COCO in a ZIP' },
    { kind: 'picked', label: 'Picked frames', about: 'The frames that were added one by one' },
  ];

export const INTERVALS: readonly (readonly [string, string])[] = [
  ['200ms', 'every 0.2 s'],
  ['1s', 'every second'],
  ['5s', 'every 5 s'],
  ['10s', 'every 10 s'],
  ['1m', 'every minute'],
  ['10m', 'every 10 minutes'],
  ['1h', 'every hour'],
];

const AROUND_MICROS = 10e6;

export const hasInterval = (kind: ExportKind): boolean => kind === 'frames' || kind === 'dataset';

/** Without a selection: ten seconds around the playhead, of which none is still to come. */
export function rangeAround(playheadMicros: number, nowMicros: number): TimeRange {
  const to = Math.min(nowMicros, playheadMicros + AROUND_MICROS / 2);
  return { from: to - AROUND_MICROS, to };
}

/** Why it can't be made; null when it can. */
export function problem(form: ExportForm, picked: readonly PickedFrame[]): string | null {
  if (form.kind === 'picked')
    return picked.length === 0 ? 'No frame is picked: D adds the one on screen.' : null;
  if (form.range.to <= form.range.from) return 'The end lies before the beginning.';
  return form.streams.length === 0 ? 'Tick at least one camera.' : null;
}

export function creation(form: ExportForm, picked: readonly PickedFrame[]): ExportCreate {
  if (form.kind === 'picked') return { format: form.pickedAs, streams: [], picked: [...picked] };
  return {
    streams: [...form.streams],
    from: instant(form.range.from),
    to: instant(form.range.to),
    format: form.kind,
    ...(hasInterval(form.kind) ? { every: form.every } : {}),
  };
}
