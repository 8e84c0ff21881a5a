/**
 * A lane's sums as pixels.
 *
 * Belongs here: which ink each pixel of a bar has. Not here: how buckets get to columns
 * ({@link $shared/timeline/activity}), the canvas ({@link ./lane_sheet}).
 * Invariant: the cost depends on the size of the bar, never on what happened there. A stroke for each run
 * of equal columns would be kept until the frame is handed over, and all of them drawn then, at once.
 */
import type { Columns } from '$shared/timeline/activity';
import { isFault } from '$shared/timeline/coverage.svelte';
import type { Hatching, Inks, SeenInks } from './inks';
import { shadeOf } from './shades';

/** The pixels of one bar, row by row. All measures are those of the screen. */
export interface Bar {
  readonly pixels: Uint32Array;
  readonly width: number;
  readonly height: number;
  /** The column that a pixel of a row shows. */
  readonly columnAt: Uint16Array;
  /** Where it stands on the canvas: hatchings go on from bar to bar. */
  readonly left: number;
  readonly top: number;
  /** Pixels of the screen for one of the page. */
  readonly ratio: number;
}

/** Most of a column is missing: it is hatched. Less has a foot; less than a hundredth only the hover tells. */
export const MOSTLY = 0.5;
const SOME = 0.1;
const LITTLE = 0.01;
/** Much and little are told apart by comparison with the busiest in sight, and are that many pixels high. */
const SEEN_SHARES = [0.02, 0.18, 0.45] as const;
const HIGHEST = SEEN_SHARES.length + 1;
/** Where nearly every column has seen something, that is a quiet ground and no news. */
const CROWDED = 0.6;

/** What each column is hatched with: nothing, or the reason, and odd where it is missing that should not be. */
export function hatchColumns(columns: Columns, hatches: Int16Array): void {
  const isWished = columns.reasons.map((reason) => !isFault(reason));
  for (let x = 0; x < hatches.length; x += 1) {
    const reason = columns.reason[x] ?? -1;
    if ((columns.missing[x] ?? 0) >= MOSTLY) hatches[x] = 2 * (reason + 1) + 1;
    else if (reason >= 0 && columns.recorded[x] === 0 && isWished[reason] === true)
      hatches[x] = 2 * (reason + 1);
    else hatches[x] = 0;
  }
}

/** Recorded, seen, missing, one over the other. */
export function inkActivity(bar: Bar, inks: Inks, columns: Columns, hatches: Int16Array): void {
  const shades = new Uint8Array(bar.width);
  inkRecorded(bar, inks, columns.recorded, shades);
  inkAllSeen(bar, inks, columns, shades);
  inkHatches(bar, inks, hatches);
  inkFeet(bar, inks.bad, columns.missing);
}

/** Only what was seen, on nothing. */
export function inkColumnsSeen(bar: Bar, inks: Inks, columns: Columns): void {
  bar.pixels.fill(0);
  inkAllSeen(bar, inks, columns, new Uint8Array(bar.width));
}

function inkRecorded(
  { pixels, width, height, columnAt }: Bar,
  { recorded: inks }: Inks,
  recorded: Float32Array,
  shades: Uint8Array,
): void {
  for (let x = 0; x < width; x += 1) {
    const shade = shadeOf(recorded[columnAt[x] ?? 0] ?? 0);
    shades[x] = shade;
    pixels[x] = inks[shade] ?? 0;
  }
  for (let y = 1; y < height; y += 1) pixels.copyWithin(y * width, 0, width);
}

/** Motion along the lower edge of its lane, objects along the upper one. */
function inkAllSeen(bar: Bar, inks: Inks, { motion, objects }: Columns, shades: Uint8Array): void {
  const { height, ratio } = bar;
  const [edge, low] = [Math.round(ratio), Math.round(height - ratio)];
  inkSeen(bar, inks.motion, motion, shades, (level) => [Math.round(height - (level + 1) * ratio), low]);
  inkSeen(bar, inks.objects, objects, shades, (level) => [edge, Math.round((level + 1) * ratio)]);
}

function inkSeen(
  { pixels, width, columnAt }: Bar,
  inks: SeenInks,
  rate: Float32Array,
  shades: Uint8Array,
  place: (level: number) => readonly [number, number],
): void {
  let [most, busy] = [0, 0];
  for (let x = 0; x < rate.length; x += 1) {
    const perSecond = rate[x] ?? 0;
    if (perSecond > 0) busy += 1;
    if (perSecond > most) most = perSecond;
  }
  if (busy === 0) return;
  const [few, some, many] = SEEN_SHARES.map((share) => share * most) as [number, number, number];
  const ink = busy > CROWDED * rate.length ? inks.quiet : inks.plain;
  const places = Array.from({ length: HIGHEST + 1 }, (_, level) => place(level));
  const tops = Uint8Array.from(places, ([top]) => top);
  const bottoms = Uint8Array.from(places, ([, bottom]) => bottom);
  for (let x = 0; x < width; x += 1) {
    const perSecond = rate[columnAt[x] ?? 0] ?? 0;
    if (perSecond <= 0) continue;
    const level = perSecond > many ? 4 : perSecond > some ? 3 : perSecond > few ? 2 : 1;
    const colour = ink[shades[x] ?? 0] ?? 0;
    const end = (bottoms[level] ?? 0) * width;
    for (let at = (tops[level] ?? 0) * width + x; at < end; at += width) pixels[at] = colour;
  }
}

function inkHatches(
  { pixels, width, height, columnAt, left, top }: Bar,
  inks: Inks,
  hatches: Int16Array,
): void {
  for (let x = 0; x < width; x += 1) {
    const hatch = hatches[columnAt[x] ?? 0] ?? 0;
    if (hatch === 0) continue;
    const { size, pixels: cell }: Hatching = hatch % 2 === 1 ? inks.fault : inks.missing;
    const across = (left + x) % size;
    let down = top % size;
    for (let at = x; at < height * width; at += width) {
      pixels[at] = cell[down * size + across] ?? 0;
      down = down + 1 === size ? 0 : down + 1;
    }
  }
}

function inkFeet(
  { pixels, width, height, columnAt, ratio }: Bar,
  colour: number,
  missing: Float32Array,
): void {
  for (let x = 0; x < width; x += 1) {
    const foot = footOf(missing[columnAt[x] ?? 0] ?? 0);
    if (foot === 0) continue;
    for (let y = Math.round(height - foot * ratio); y < height; y += 1) pixels[y * width + x] = colour;
  }
}

function footOf(missing: number): number {
  if (missing < LITTLE || missing >= MOSTLY) return 0;
  return missing >= SOME ? 3 : 2;
}
