/** A clip's name, its likely size, and handing it to the browser to keep. */
import type { Clip, TimeRange } from '$backend/backend';
import type { StreamView } from '$backend/types';
import type { Coverage } from '$shared/timeline/coverage.svelte';

/** `door_20261123T140410Z_20261123T140655Z.mp4`: sorts by camera and time, in UTC. */
export function clipName(camera: string, range: TimeRange): string {
  const stamp = (micros: number): string =>
    `${new Date(micros / 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  return `${camera}_${stamp(range.from)}_${stamp(range.to)}.mp4`;
}

/** How much of the range is there, 0 to 1. */
export function recordedShare(coverage: Coverage, range: TimeRange): number {
  const inside = coverage.recorded.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, range.to) - Math.max(from, range.from)),
    0,
  );
  return Math.min(1, inside / Math.max(1, range.to - range.from));
}

/** By the camera's present rate, or what it has taken on average; null where neither is known. */
export function estimatedBytes(stream: StreamView, coverage: Coverage, range: TimeRange): number | null {
  const seconds = ((range.to - range.from) / 1e6) * recordedShare(coverage, range);
  const bitsPerSecond = stream.figures.bits_per_second;
  return bitsPerSecond > 0 ? (seconds * bitsPerSecond) / 8 : null;
}

export function save(clip: Clip, name: string): void {
  const link = document.createElement('a');
  link.href = clip.type === 'address' ? clip.href : URL.createObjectURL(clip.file);
  link.download = name;
  link.click();
  // The browser has taken hold of the file by then.
  if (clip.type === 'file') setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
