/** What the storage page says, in figures and sentences. Pure. */
import type { Forecast, RetentionPreview, StorageView } from '$backend/types';
import { bytes, calendarDay, duration, microsOf } from '$shared/time/format';

type StreamStorage = StorageView['streams'][number];
type Volume = StorageView['volumes'][number];

const DAY_MICROS = 86_400e6;
const UNITS: Readonly<Record<string, number>> = {
  s: 1e6,
  m: 60e6,
  h: 3600e6,
  d: DAY_MICROS,
  w: 7 * DAY_MICROS,
};

/** `30d`, `12h`, `2w` in microseconds; null where it is no duration. */
export function retentionMicros(text: string): number | null {
  const found = /^(\d+)\s*([smhdw])$/.exec(text.trim());
  const unit = UNITS[found?.[2] ?? ''];
  return found === null || unit === undefined ? null : Number(found[1]) * unit;
}

/** `12.4 d` of `30 d`: how much of the promise is kept. */
export function daysHeld(stream: StreamStorage, nowMicros: number): number {
  return stream.oldest ? Math.max(0, nowMicros - microsOf(stream.oldest)) / DAY_MICROS : 0;
}

export const days = (count: number): string =>
  count >= 100 || Number.isInteger(count)
    ? `${Math.round(count)} d`
    : count >= 1
      ? `${count.toFixed(1)} d`
      : duration(count * DAY_MICROS);

export interface VolumeParts {
  /** Shares of the whole, 0 to 1. */
  readonly recorded: number;
  readonly other: number;
  readonly reserve: number;
}

/** What lies on a volume, from left to right; what remains is free to record on. */
export function volumeParts(volume: Volume): VolumeParts {
  const total = Math.max(1, volume.total_bytes);
  const recorded = Math.min(1, volume.recorded_bytes / total);
  const used = 1 - volume.free_bytes / total;
  const other = Math.max(0, used - recorded);
  const reserve = Math.min(volume.reserve_bytes / total, volume.free_bytes / total);
  return { recorded, other, reserve };
}

/** When it fills, and what that means; for the present or for what is asked. */
export function forecastWords(forecast: Forecast): string {
  if (!forecast.full_at || forecast.short_bytes === 0) {
    return `Everything fits: ${bytes(forecast.needed_bytes)} needed, ${bytes(forecast.available_bytes)} there.`;
  }
  const kept = forecast.days_kept_when_full;
  const then =
    kept === null || kept === undefined ? '' : ` From then on the shortest-kept camera keeps ${days(kept)}.`;
  return `Full on ${calendarDay(microsOf(forecast.full_at))}, ${bytes(forecast.short_bytes)} short.${then}`;
}

/** What a change deletes, as a sentence with its figures; null where it deletes nothing. */
export function previewWords(stream: string, preview: RetentionPreview): string | null {
  if (preview.deleted_bytes === 0 && preview.deleted_segments === 0) return null;
  const before = preview.oldest_after
    ? `, everything before ${calendarDay(microsOf(preview.oldest_after))}`
    : ', all there is';
  const held = preview.held_bytes > 0 ? ` Holds keep ${bytes(preview.held_bytes)} of it.` : '';
  return (
    `Deletes ${bytes(preview.deleted_bytes)} of ${stream}, ${duration(preview.deleted_micros)} of footage${before}. ` +
    `This can’t be undone.${held}`
  );
}

/** `200`, `1.5 TB`, `200 GB` in bytes; a bare number is GB; null where it is none. */
export function bytesOf(text: string): number | null {
  const found = /^(\d+(?:[.,]\d+)?)\s*(k|m|g|t|p)?b?$/i.exec(text.trim());
  if (found === null) return null;
  const power = 'kmgtp'.indexOf((found[2] ?? 'g').toLowerCase()) + 1;
  return Math.round(Number((found[1] ?? '').replace(',', '.')) * 1000 ** power);
}

export const bytesField = (count: number | null | undefined): string =>
  count === null || count === undefined || count === 0 ? '' : bytes(count);
