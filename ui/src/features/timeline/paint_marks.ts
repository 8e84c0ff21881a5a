/** Painting what people marked: holds as gold lines, bookmarks as flags, one end of a selection. */
import type { BookmarkView } from '$backend/types';
import type { Axis } from '$shared/timeline/axis';
import type { Mark } from '$shared/timeline/state';
import { AXIS_HEIGHT } from './lanes';
import type { Picture } from './paint';
import type { Palette } from './palette';

const HOLD = 2;
const FLAG_WIDTH = 7;
const FLAG_HEIGHT = 9;
const FLAG_TOP = AXIS_HEIGHT - FLAG_HEIGHT - 1;
/** How near to a flag a pointer means it. */
const REACH = 6;

export function paintMarks(pen: CanvasRenderingContext2D, palette: Palette, picture: Picture): void {
  const { axis, layout, holds, bookmarks } = picture;
  pen.fillStyle = palette.hold;
  for (const hold of holds) {
    const lane = layout.lanes.find(({ name, isUnion }) => !isUnion && name === hold.stream);
    const range = { from: hold.from_micros, to: hold.to_micros };
    if (lane === undefined || !axis.isInSight(range)) continue;
    const left = Math.max(axis.left, axis.pixelOf(range.from));
    const right = Math.min(axis.left + axis.width, axis.pixelOf(range.to));
    pen.fillRect(left, lane.barTop - HOLD - 1, Math.max(2, right - left), HOLD);
  }
  for (const bookmark of bookmarks) {
    if (!isShown(bookmark, picture)) continue;
    const x = Math.round(axis.pixelOf(bookmark.at_micros));
    pen.fillStyle = palette.bookmark;
    pen.globalAlpha = 0.5;
    pen.fillRect(x, AXIS_HEIGHT, 1, layout.height - AXIS_HEIGHT - 4);
    pen.globalAlpha = 1;
    pen.beginPath();
    pen.moveTo(x - 3, FLAG_TOP);
    pen.lineTo(x - 3 + FLAG_WIDTH, FLAG_TOP);
    pen.lineTo(x - 3 + FLAG_WIDTH, FLAG_TOP + FLAG_HEIGHT);
    pen.lineTo(x + 0.5, FLAG_TOP + FLAG_HEIGHT - 3);
    pen.lineTo(x - 3, FLAG_TOP + FLAG_HEIGHT);
    pen.fill();
  }
}

const isShown = (bookmark: BookmarkView, { axis, layout }: Picture): boolean =>
  axis.isInSight({ from: bookmark.at_micros, to: bookmark.at_micros + 1 }) &&
  (!bookmark.stream || layout.lanes.some(({ name }) => name === bookmark.stream));

/** The bookmark whose flag is under the pointer. */
export function bookmarkAt(
  bookmarks: readonly BookmarkView[],
  axis: Axis,
  { x, y }: { x: number; y: number },
): BookmarkView | null {
  if (y < FLAG_TOP - 2 || y > AXIS_HEIGHT + 2) return null;
  return bookmarks.find(({ at_micros: at }) => Math.abs(axis.pixelOf(at) - x) <= REACH) ?? null;
}

/** A bracket that waits for its other half. */
export function paintMark(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  { axis, layout }: Picture,
  mark: Mark,
): void {
  const x = Math.round(axis.pixelOf(mark.atMicros));
  const [top, bottom] = [AXIS_HEIGHT - 3, layout.height - 3];
  const arm = mark.edge === 'in' ? 6 : -6;
  pen.strokeStyle = palette.glow;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x + arm, top + 1);
  pen.lineTo(x, top + 1);
  pen.lineTo(x, bottom - 1);
  pen.lineTo(x + arm, bottom - 1);
  pen.stroke();
  pen.lineWidth = 1;
}
