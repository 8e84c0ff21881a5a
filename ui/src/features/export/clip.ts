/** A clip's name, its likely size, and handing it to the browser to keep. */
import type { Clip, ClipForm, TimeRange } from '$backend/backend';
import type { TimelineView } from '$backend/types';
import { microsOf } from '$shared/time/format';
import type { Coverage } from '$shared/timeline/coverage.svelte';

/** `door_20261123T140410Z_20261123T140655Z.mp4`: sorts by camera and time, in UTC. */
export function clipName(camera: string, range: TimeRange, { container }: ClipForm): string {
  const stamp = (micros: number): string =>
    `${new Date(micros / 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  return `${camera}_${stamp(range.from)}_${stamp(range.to)}.${container}`;
}

/** How much of the range is there, 0 to 1. */
export function recordedShare(coverage: Coverage, range: TimeRange): number {
  const inside = coverage.recorded.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, range.to) - Math.max(from, range.from)),
    0,
  );
  return Math.min(1, inside / Math.max(1, range.to - range.from));
}

/** What the index says these ranges hold, cut down to the part that is asked for. */
export function estimatedBytes(view: TimelineView, range: TimeRange): number {
  return view.ranges.reduce((sum, recorded) => {
    const [from, to] = [microsOf(recorded.from), microsOf(recorded.to)];
    const inside = Math.max(0, Math.min(to, range.to) - Math.max(from, range.from));
    return sum + (recorded.bytes * inside) / Math.max(1, to - from);
  }, 0);
}

const LEAST_TELLING_BYTES = 20_000;

/** Bytes a second of what this page has fetched lately; null before it has fetched enough to tell. */
export function linkRate(
  fetched: readonly { readonly transferSize: number; readonly duration: number }[],
): number | null {
  const rates = fetched
    .filter(({ transferSize, duration }) => transferSize >= LEAST_TELLING_BYTES && duration > 0)
    .slice(-30)
    .map(({ transferSize, duration }) => (transferSize / duration) * 1000)
    .sort((a, b) => a - b);
  return rates.length < 3 ? null : (rates[Math.floor(rates.length / 2)] ?? null);
}

export function save(clip: Clip, name: string): void {
  const link = document.createElement('a');
  link.href = clip.type === 'address' ? clip.href : URL.createObjectURL(clip.file);
  link.download = name;
  link.click();
  // The browser has taken hold of the file by then.
  if (clip.type === 'file') setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
