/** The header's two figures: how much is recorded, and how long the room lasts. Pure. */
import type { Forecast, ShareView, StorageView } from '$backend/types';
import { dayShort, microsOf } from '$shared/time/format';

/** `99.97 %`; never `100 %` while anything is missing. */
export function percent(share: number): string {
  if (share >= 1) return '100 %';
  const floored = Math.floor(share * 10_000) / 100;
  return `${floored.toFixed(share < 0.9 ? 0 : 2)} %`;
}

export const shareWords = (share: ShareView): string | null =>
  share.share === null || share.share === undefined ? null : `${percent(share.share)} recorded`;

/** Which part of what may be used is used, 0 to 1. */
export function fill(storage: StorageView): number {
  const total = storage.volumes.reduce((sum, volume) => sum + volume.total_bytes, 0);
  const free = storage.volumes.reduce((sum, volume) => sum + volume.free_bytes, 0);
  return total === 0 ? 0 : Math.min(1, Math.max(0, 1 - free / total));
}

const year = (micros: number): number => new Date(micros / 1000).getFullYear();

/** `full on 14 Mar`; where the promises fit there is no such day. */
export function fullWords(forecast: Forecast, nowMicros: number): string | null {
  if (!forecast.full_at) return null;
  const at = microsOf(forecast.full_at);
  if (at <= nowMicros) return 'full';
  const isSameYear = year(at) === year(nowMicros);
  return `full on ${dayShort(at)}${isSameYear ? '' : ` ${year(at)}`}`;
}
