/**
 * Painting the timeline.
 *
 * Belongs here: ink. Not here: arithmetic ({@link $shared/timeline/axis}), rows ({@link ./lanes}).
 */
import type { TimeRange } from '$backend/backend';
import type { BookmarkView, HoldView } from '$backend/types';
import { tickLabel } from '$shared/time/format';
import { isExact, lay, type Activity, type Columns, type Sheets } from '$shared/timeline/activity';
import { minorStep, tickStep, ticks, type Axis } from '$shared/timeline/axis';
import { union, type Coverage } from '$shared/timeline/coverage.svelte';
import type { Mark } from '$shared/timeline/state';
import { AXIS_HEIGHT, type Lane, type LaneLayout } from './lanes';
import type { LaneSheet } from './lane_sheet';
import { paintReasons, paintUnion } from './paint_activity';
import { FONT, fillRanges, paintCoverage } from './paint_lane';
import { paintMark, paintMarks } from './paint_marks';
import type { Palette } from './palette';

export interface Picture {
  readonly nowMicros: number;
  readonly selection: TimeRange | null;
  readonly axis: Axis;
  readonly layout: LaneLayout;
  readonly coverage: ReadonlyMap<string, Coverage>;
  readonly activity: ReadonlyMap<string, Activity>;
  /** Of the whole archive: coarse, but there before the fine has come. */
  readonly archive: ReadonlyMap<string, Activity>;
  readonly bookmarks: readonly BookmarkView[];
  readonly holds: readonly HoldView[];
  /** One end of a selection that has no other yet. */
  readonly mark: Mark | null;
}

const LABEL_SPACING = 92;
const MINOR_SPACING = 11;

/** `sheet` is this timeline's own: it is written over by the next painting. */
export function paintTimeline(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  picture: Picture,
  sheet: LaneSheet,
): void {
  const { axis, layout, selection } = picture;
  pen.clearRect(0, 0, axis.left + axis.width + 40, layout.height);
  pen.save();
  pen.beginPath();
  pen.rect(axis.left, 0, axis.width, layout.height);
  pen.clip();
  paintAxis(pen, palette, picture);
  paintLanes(pen, palette, picture, sheet);
  paintMarks(pen, palette, picture);
  if (selection !== null) paintSelection(pen, palette, axis, layout, selection);
  if (picture.mark !== null) paintMark(pen, palette, picture, picture.mark);
  pen.restore();
}

function paintLanes(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  picture: Picture,
  sheet: LaneSheet,
): void {
  const { axis, layout, archive, activity } = picture;
  const all: Columns[] = [];
  const ranges: Coverage[] = [];
  sheet.prepare(axis, layout, palette.inks, (name) => ({
    coarse: archive.get(name),
    fine: activity.get(name),
  }));
  for (const lane of layout.lanes) {
    paintLaneGround(pen, palette, picture, lane);
    if (lane.isUnion) {
      if (isExact(axis))
        fillRanges(pen, axis, union(ranges), lane.barTop, lane.barHeight, palette.recordedSoft);
      else paintUnion(pen, palette, axis.left, lane, all, false);
      continue;
    }
    if (isExact(axis)) {
      const coverage = picture.coverage.get(lane.name);
      if (coverage !== undefined) {
        ranges.push(coverage);
        paintCoverage(pen, palette, axis, lane, coverage);
      }
      sheet.lay(pen, lane);
    } else {
      const laid = sheet.lay(pen, lane);
      if (laid === null) continue;
      all.push(laid.columns);
      paintReasons(pen, palette, axis.left, lane, laid);
    }
  }
}

/** Everything that is kept, as one strip: recorded, and whatever should not be missing. */
export function paintOverview(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  axis: Axis,
  height: number,
  archives: readonly Activity[],
  sheets: Sheets,
): void {
  pen.clearRect(0, 0, axis.width, height);
  sheets.clear();
  const columns = archives.map((activity) => {
    const one = sheets.next(axis.width);
    lay(one, activity, axis);
    return one;
  });
  paintUnion(pen, palette, 0, { barTop: 0, barHeight: height }, columns, true);
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
  for (const edge of [left, right]) pen.fillRect(Math.round(edge) - 1, top, 2, height);
  pen.globalAlpha = 1;
}
