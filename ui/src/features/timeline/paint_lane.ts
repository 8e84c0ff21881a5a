/**
 * Painting what is known exactly: ranges, gaps with their reasons.
 *
 * Belongs here: ink of one lane where a pixel is short. Not here: sums ({@link ./paint_activity}).
 */
import type { TimeRange } from '$backend/backend';
import { reasonLabel } from '$shared/time/format';
import type { Axis } from '$shared/timeline/axis';
import { isFault, type Coverage } from '$shared/timeline/coverage.svelte';
import type { Lane } from './lanes';
import type { Palette } from './palette';

export const FONT = '11px Inter, system-ui, sans-serif';

export function paintCoverage(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  axis: Axis,
  lane: Lane,
  coverage: Coverage,
): void {
  fillRanges(pen, axis, coverage.recorded, lane.barTop, lane.barHeight, palette.recorded);
  for (const kind of ['wished', 'fault'] as const) {
    const gaps = coverage.gaps.filter((gap) => isFault(gap.reason) === (kind === 'fault'));
    fillRanges(
      pen,
      axis,
      gaps,
      lane.barTop,
      lane.barHeight,
      kind === 'fault' ? palette.fault : palette.missing,
    );
    pen.font = FONT;
    pen.textBaseline = 'middle';
    for (const gap of gaps) paintReason(pen, palette, axis, lane, gap, kind === 'fault');
  }
}

export function paintReason(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  axis: Axis,
  lane: Lane,
  gap: TimeRange & { readonly reason: string },
  isWrong: boolean,
): void {
  const left = Math.max(axis.left, axis.pixelOf(gap.from)) + 7;
  const right = Math.min(axis.left + axis.width, axis.pixelOf(gap.to)) - 7;
  const words = reasonLabel(gap.reason);
  const width = pen.measureText(words).width;
  if (right - left < width || lane.barHeight < 14) return;
  // A plain plate under the words: nothing is read through a hatching.
  pen.fillStyle = palette.lane;
  pen.globalAlpha = 0.86;
  pen.beginPath();
  pen.roundRect(left - 4, lane.barTop + 1, width + 8, lane.barHeight - 2, 2);
  pen.fill();
  pen.globalAlpha = 1;
  pen.fillStyle = isWrong ? palette.faultInk : palette.dim;
  pen.fillText(words, left, lane.barTop + lane.barHeight / 2 + 0.5);
}

/** Many ranges may share a pixel: they are joined first, so a decade costs no more than a minute. */
export function fillRanges(
  pen: CanvasRenderingContext2D,
  axis: Axis,
  ranges: readonly TimeRange[],
  top: number,
  height: number,
  style: string | CanvasPattern,
): void {
  pen.fillStyle = style;
  let left = NaN;
  let right = NaN;
  const flush = (): void => {
    if (!Number.isNaN(left)) pen.fillRect(left, top, Math.max(1.5, right - left), height);
  };
  for (const range of ranges) {
    if (!axis.isInSight(range)) continue;
    const from = Math.max(axis.left - 1, axis.pixelOf(range.from));
    const to = Math.min(axis.left + axis.width + 1, axis.pixelOf(range.to));
    if (from <= right + 0.5) right = Math.max(right, to);
    else {
      flush();
      [left, right] = [from, to];
    }
  }
  flush();
}
