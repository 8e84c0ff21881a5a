/**
 * Painting sums: what is written on the lanes, and all of them as one.
 *
 * Belongs here: ink where a pixel is long. Not here: how buckets get to pixels
 * ({@link $shared/timeline/activity}), the lanes' own pixels ({@link ./lane_pixels}).
 */
import { reasonLabel } from '$shared/time/format';
import { runs, type Columns } from '$shared/timeline/activity';
import { MOSTLY } from './lane_pixels';
import type { LaneColumns } from './lane_sheet';
import type { Lane } from './lanes';
import { FONT } from './paint_lane';
import type { Palette } from './palette';
import { shadeOf, STEPS } from './shades';

type Bar = Pick<Lane, 'barTop' | 'barHeight'>;

/** A letter of the words is wider than this, on average. */
const LEAST_WIDTH = 3;

/** Why something is missing, in words where they fit. */
export function paintReasons(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  left: number,
  lane: Lane,
  { columns, hatches }: LaneColumns,
): void {
  if (lane.barHeight < 14) return;
  runs(
    hatches.length,
    (x) => hatches[x] ?? 0,
    (hatch, from, to) => {
      const reason = columns.reasons[Math.floor(hatch / 2) - 1];
      if (reason === undefined) return;
      paintWords(pen, palette, lane, reasonLabel(reason), left + from, left + to, hatch % 2 === 1);
    },
  );
}

/** What any of them has; in the overview also where all are missing something that should be. */
export function paintUnion(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  left: number,
  { barTop, barHeight }: Bar,
  all: readonly Columns[],
  hasFaults: boolean,
): void {
  const count = all[0]?.recorded.length ?? 0;
  const shades = new Uint8Array(count);
  for (let x = 0; x < count; x += 1) {
    // Most often the first of them is whole already.
    for (let index = 0; index < all.length && shades[x] !== STEPS; index += 1)
      shades[x] = Math.max(shades[x] ?? 0, shadeOf(all[index]?.recorded[x] ?? 0));
  }
  runs(
    count,
    (x) => shades[x] ?? 0,
    (shade, from, to) => {
      if (shade === 0) return;
      pen.fillStyle = palette.recordedSoftSteps[shade] ?? palette.recordedSoft;
      pen.fillRect(left + from, barTop, to - from, barHeight);
    },
  );
  if (!hasFaults) return;
  runs(
    count,
    (x) => (all.every(({ missing }) => (missing[x] ?? 0) >= MOSTLY) ? 1 : 0),
    (value, from, to) => {
      if (value === 0) return;
      pen.fillStyle = palette.fault;
      pen.fillRect(left + from, barTop, to - from, barHeight);
    },
  );
}

function paintWords(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  { barTop, barHeight }: Bar,
  words: string,
  left: number,
  right: number,
  isBad: boolean,
): void {
  // Measuring takes longer than seeing that there is no room at all.
  if (right - left < LEAST_WIDTH * words.length + 14) return;
  pen.font = FONT;
  const width = pen.measureText(words).width;
  if (right - left < width + 14) return;
  // A plain plate under the words: nothing is read through a hatching.
  pen.fillStyle = palette.lane;
  pen.globalAlpha = 0.86;
  pen.beginPath();
  pen.roundRect(left + 3, barTop + 1, width + 8, barHeight - 2, 2);
  pen.fill();
  pen.globalAlpha = 1;
  pen.textBaseline = 'middle';
  pen.fillStyle = isBad ? palette.faultInk : palette.dim;
  pen.fillText(words, left + 7, barTop + barHeight / 2 + 0.5);
}
