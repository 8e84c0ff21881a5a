/**
 * Painting sums: one column a pixel, equal neighbours in one stroke.
 *
 * Belongs here: ink where a pixel is long. Not here: how buckets get to pixels
 * ({@link $shared/timeline/activity}).
 */
import { reasonLabel } from '$shared/time/format';
import { runs, type Columns } from '$shared/timeline/activity';
import { isFault } from '$shared/timeline/coverage.svelte';
import type { Lane } from './lanes';
import { FONT } from './paint_lane';
import { STEPS, type Palette } from './palette';

type Bar = Pick<Lane, 'barTop' | 'barHeight'>;

/** Nearly whole is whole: the rest is rounding at the ends of fragments. */
const WHOLE = 0.995;
/** Most of a column is missing: it is hatched. Less has a foot; less than a hundredth only the hover tells. */
const MOSTLY = 0.5;
const FEET = [
  [0.1, 3],
  [0.01, 2],
] as const;
const SEEN_HEIGHTS = [0, 1, 2, 3, 4] as const;
/** Much and little are told apart by comparison with the busiest in sight. */
const SEEN_SHARES = [0.02, 0.18, 0.45] as const;
/** Where nearly every column has seen something, that is a quiet ground and no news. */
const CROWDED = 0.6;
const CROWDED_ALPHA = 0.55;

const shadeOf = (share: number): number =>
  share <= 0 ? 0 : share >= WHOLE ? STEPS : Math.max(1, Math.ceil(share * (STEPS - 1)));

const isWrong = (columns: Columns, x: number): boolean =>
  isFault(columns.reasons[columns.reason[x] ?? -1] ?? '');

/** What hatches a column: nothing, a wish, a fault; the reason with it, for words. */
function hatchOf(columns: Columns, x: number): number {
  const missing = columns.missing[x] ?? 0;
  const reason = columns.reason[x] ?? -1;
  if (missing >= MOSTLY) return 2 * (reason + 1) + 1;
  if (reason >= 0 && (columns.recorded[x] ?? 0) === 0 && !isWrong(columns, x)) return 2 * (reason + 1);
  return 0;
}

export function paintActivity(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  left: number,
  lane: Lane,
  columns: Columns,
): void {
  const { barTop, barHeight } = lane;
  const count = columns.recorded.length;
  runs(
    count,
    (x) => shadeOf(columns.recorded[x] ?? 0),
    (shade, from, to) => {
      if (shade === 0) return;
      pen.fillStyle = palette.recordedSteps[shade] ?? palette.recorded;
      pen.fillRect(left + from, barTop, to - from, barHeight);
    },
  );
  paintColumnsSeen(pen, palette, left, lane, columns);
  runs(
    count,
    (x) => hatchOf(columns, x),
    (hatch, from, to) => {
      if (hatch === 0) return;
      const isBad = hatch % 2 === 1;
      pen.fillStyle = isBad ? palette.fault : palette.missing;
      pen.fillRect(left + from, barTop, to - from, barHeight);
      const reason = columns.reasons[Math.floor(hatch / 2) - 1];
      if (reason !== undefined)
        paintWords(pen, palette, lane, reasonLabel(reason), left + from, left + to, isBad);
    },
  );
  runs(
    count,
    (x) => footOf(columns.missing[x] ?? 0),
    (foot, from, to) => {
      if (foot === 0) return;
      pen.fillStyle = palette.bad;
      pen.fillRect(left + from, barTop + barHeight - foot, to - from, foot);
    },
  );
}

const footOf = (missing: number): number =>
  missing >= MOSTLY ? 0 : (FEET.find(([least]) => missing >= least)?.[1] ?? 0);

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
  const most = (x: number): number => {
    let found = 0;
    for (const { recorded } of all) found = Math.max(found, recorded[x] ?? 0);
    return found;
  };
  runs(
    count,
    (x) => shadeOf(most(x)),
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

/** Motion along the lower edge of its lane, objects along the upper one. */
export function paintColumnsSeen(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  left: number,
  { barTop, barHeight }: Bar,
  { motion, objects }: Columns,
): void {
  paintSeen(pen, left, motion, palette.motion, (height) => [barTop + barHeight - height - 1, height]);
  paintSeen(pen, left, objects, palette.object, (height) => [barTop + 1, height]);
}

function paintSeen(
  pen: CanvasRenderingContext2D,
  left: number,
  rate: Float32Array,
  style: string,
  place: (height: number) => [number, number],
): void {
  pen.fillStyle = style;
  let [most, busy] = [0, 0];
  for (const perSecond of rate) {
    if (perSecond > 0) busy += 1;
    if (perSecond > most) most = perSecond;
  }
  const level = (perSecond: number): number => {
    if (perSecond <= 0) return 0;
    let steps = 1;
    for (const share of SEEN_SHARES) if (perSecond > share * most) steps += 1;
    return steps;
  };
  pen.globalAlpha = busy > CROWDED * rate.length ? CROWDED_ALPHA : 1;
  runs(
    rate.length,
    (x) => level(rate[x] ?? 0),
    (value, from, to) => {
      if (value === 0) return;
      const [top, height] = place(SEEN_HEIGHTS[value] ?? 0);
      pen.fillRect(left + from, top, to - from, height);
    },
  );
  pen.globalAlpha = 1;
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
  pen.font = FONT;
  const width = pen.measureText(words).width;
  if (right - left < width + 14 || barHeight < 14) return;
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
