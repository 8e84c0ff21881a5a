/**
 * Painting the timeline.
 *
 * Belongs here: ink. Not here: arithmetic ({@link $shared/timeline/axis}), rows ({@link ./lanes}).
 */
import type { TimeRange } from '$backend/backend';
import type { Sighting } from '$shared/detections/sightings';
import { reasonLabel, tickLabel } from '$shared/time/format';
import { minorStep, tickStep, ticks, type Axis } from '$shared/timeline/axis';
import { isFault, union, type Coverage } from '$shared/timeline/coverage.svelte';
import { AXIS_HEIGHT, type Lane, type LaneLayout } from './lanes';
import type { Palette } from './palette';

export interface Picture {
  readonly nowMicros: number;
  readonly selection: TimeRange | null;
  readonly axis: Axis;
  readonly layout: LaneLayout;
  readonly coverage: ReadonlyMap<string, Coverage>;
  readonly sightings: ReadonlyMap<string, readonly Sighting[]>;
  /** Where the pointer is, in pixels. */
  readonly hoverX: number | null;
}

const LABEL_SPACING = 92;
const MINOR_SPACING = 11;
const FONT = '11px Inter, system-ui, sans-serif';
const STRIP = 4;

export function paintTimeline(pen: CanvasRenderingContext2D, palette: Palette, picture: Picture): void {
  const { axis, layout, selection } = picture;
  pen.clearRect(0, 0, axis.left + axis.width + 40, layout.height);
  pen.save();
  pen.beginPath();
  pen.rect(axis.left, 0, axis.width, layout.height);
  pen.clip();
  paintAxis(pen, palette, picture);
  const shown = layout.lanes.filter((lane) => !lane.isUnion);
  for (const lane of layout.lanes) {
    paintLaneGround(pen, palette, picture, lane);
    if (lane.isUnion) {
      const all = shown.flatMap(({ name }) => picture.coverage.get(name) ?? []);
      fillRanges(pen, axis, union(all), lane.barTop, lane.barHeight, palette.recordedSoft);
      continue;
    }
    const coverage = picture.coverage.get(lane.name);
    if (coverage !== undefined) paintCoverage(pen, palette, axis, lane, coverage);
    paintSightings(pen, palette, axis, lane, picture.sightings.get(lane.name) ?? []);
  }
  if (selection !== null) paintSelection(pen, palette, axis, layout, selection);
  if (picture.hoverX !== null) paintHover(pen, palette, layout, picture.hoverX);
  pen.restore();
}

/** Everything that is kept, as one strip: recorded over whatever should not be missing. */
export function paintOverview(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  axis: Axis,
  height: number,
  recorded: readonly TimeRange[],
  faults: readonly TimeRange[],
): void {
  pen.clearRect(0, 0, axis.width, height);
  fillRanges(pen, axis, faults, 0, height, palette.fault);
  fillRanges(pen, axis, recorded, 0, height, palette.recordedSoft);
}

function paintAxis(pen: CanvasRenderingContext2D, palette: Palette, { axis, layout }: Picture): void {
  const major = tickStep(axis, LABEL_SPACING);
  const minor = minorStep(axis, major, MINOR_SPACING);
  pen.fillStyle = palette.lineStrong;
  if (minor !== null) {
    for (const at of ticks(axis.view, minor))
      pen.fillRect(Math.round(axis.pixelOf(at)), AXIS_HEIGHT - 7, 1, 4);
  }
  pen.font = FONT;
  pen.textBaseline = 'alphabetic';
  for (const at of ticks(axis.view, major)) {
    const x = Math.round(axis.pixelOf(at));
    pen.fillStyle = palette.line;
    pen.fillRect(x, 8, 1, layout.height - 8);
    const label = tickLabel(at, major.unit);
    if (x + 6 + pen.measureText(label).width > axis.left + axis.width) continue;
    pen.fillStyle = palette.dim;
    pen.fillText(label, x + 6, 16);
  }
}

function paintLaneGround(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  picture: Picture,
  lane: Lane,
): void {
  const { axis, nowMicros } = picture;
  const now = Math.min(axis.left + axis.width, axis.pixelOf(nowMicros));
  if (now <= axis.left) return;
  pen.fillStyle = palette.lane;
  pen.fillRect(axis.left, lane.barTop, now - axis.left, lane.barHeight);
}

function paintCoverage(
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

function paintReason(
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
function fillRanges(
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

function paintSightings(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  axis: Axis,
  lane: Lane,
  sightings: readonly Sighting[],
): void {
  const strip = Math.min(STRIP, Math.floor(lane.barHeight / 3));
  const range = ({ fromMicros, toMicros }: Sighting): TimeRange => ({ from: fromMicros, to: toMicros });
  const of = (kind: Sighting['kind']): TimeRange[] => sightings.filter((one) => one.kind === kind).map(range);
  fillRanges(pen, axis, of('motion'), lane.barTop + lane.barHeight - strip - 1, strip, palette.motion);
  fillRanges(pen, axis, of('object'), lane.barTop + 1, strip, palette.object);
}

function paintSelection(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  axis: Axis,
  layout: LaneLayout,
  selection: TimeRange,
): void {
  const [left, right] = [axis.pixelOf(selection.from), axis.pixelOf(selection.to)];
  const [top, height] = [AXIS_HEIGHT - 3, layout.height - AXIS_HEIGHT];
  pen.fillStyle = palette.glow;
  pen.globalAlpha = 0.12;
  pen.fillRect(left, top, right - left, height);
  pen.globalAlpha = 0.9;
  for (const edge of [left, right]) {
    pen.fillRect(Math.round(edge) - 1, top, 2, height);
    pen.beginPath();
    pen.roundRect(edge - 3, top + height / 2 - 9, 6, 18, 2);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function paintHover(pen: CanvasRenderingContext2D, palette: Palette, layout: LaneLayout, x: number): void {
  pen.strokeStyle = palette.inkSoft;
  pen.globalAlpha = 0.45;
  pen.setLineDash([2, 3]);
  pen.beginPath();
  pen.moveTo(Math.round(x) + 0.5, AXIS_HEIGHT - 4);
  pen.lineTo(Math.round(x) + 0.5, layout.height);
  pen.stroke();
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}
