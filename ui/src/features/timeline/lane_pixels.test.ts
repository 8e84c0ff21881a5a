import { describe, expect, it } from 'vitest';
import { emptyColumns, type Columns } from '$shared/timeline/activity';
import type { Inks } from './inks';
import { hatchColumns, inkActivity, inkColumnsSeen, type Bar } from './lane_pixels';
import { STEPS } from './shades';

/** Colours that tell what they are, and on which shade. */
const RECORDED = 100;
const MOTION = 200;
const QUIET = 50;
const OBJECT = 300;
const BAD = 400;
const FAULT = 500;
const MISSING = 600;
const shades = (first: number): Uint32Array => Uint32Array.from({ length: STEPS + 1 }, (_, at) => first + at);
const hatching = (first: number) => ({
  size: 2,
  pixels: Uint32Array.of(first, first + 1, first + 2, first + 3),
});
const INKS: Inks = {
  recorded: Uint32Array.from({ length: STEPS + 1 }, (_, at) => (at === 0 ? 0 : RECORDED + at)),
  motion: { plain: shades(MOTION), quiet: shades(MOTION + QUIET) },
  objects: { plain: shades(OBJECT), quiet: shades(OBJECT + QUIET) },
  bad: BAD,
  fault: hatching(FAULT),
  missing: hatching(MISSING),
};
const HEIGHT = 14;
const WHOLE = RECORDED + STEPS;

function barOf(width: number, ratio = 1, place = { left: 0, top: 0 }): Bar {
  const height = HEIGHT * ratio;
  const columnAt = Uint16Array.from({ length: width }, (_, x) => Math.floor(x / ratio));
  return { pixels: new Uint32Array(width * height), width, height, columnAt, ratio, ...place };
}

function columnsOf(
  count: number,
  given: Partial<Record<'recorded' | 'missing' | 'motion' | 'objects', number[]>>,
) {
  const columns = emptyColumns(count);
  for (const key of ['recorded', 'missing', 'motion', 'objects'] as const) columns[key].set(given[key] ?? []);
  return columns;
}

function inked(bar: Bar, columns: Columns): (x: number) => number[] {
  const hatches = new Int16Array(columns.recorded.length);
  hatchColumns(columns, hatches);
  inkActivity(bar, INKS, columns, hatches);
  return (x) => Array.from({ length: bar.height }, (_, y) => bar.pixels[y * bar.width + x] ?? -1);
}

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

describe('a lane’s pixels', () => {
  it('are as blue as its columns are recorded', () => {
    const at = inked(barOf(3), columnsOf(3, { recorded: [1, 0.4, 0] }));
    expect(at(0), 'whole from top to bottom').toEqual(times(HEIGHT, WHOLE));
    expect(at(1), 'two fifths are the third of seven shades').toEqual(times(HEIGHT, RECORDED + 3));
    expect(at(2), 'nothing is nothing at all, so that the ground shows').toEqual(times(HEIGHT, 0));
  });

  it('have motion below and objects above, as high as they are busy beside the busiest', () => {
    const busy = { motion: [10, 1, 0, 0], objects: [0, 10, 0, 0] };
    const at = inked(barOf(4), columnsOf(4, { recorded: [1, 1, 1, 1], ...busy }));
    const [ground, motion, object] = [WHOLE, MOTION + STEPS, OBJECT + STEPS];
    expect(at(0), 'four pixels of motion, one above the lower edge').toEqual([
      ...times(9, ground),
      ...times(4, motion),
      ground,
    ]);
    expect(at(1), 'a tenth of the busiest has two; the only objects have four').toEqual([
      ground,
      ...times(4, object),
      ...times(6, ground),
      ...times(2, motion),
      ground,
    ]);
    expect(at(2), 'where nothing moved there is nothing').toEqual(times(HEIGHT, ground));
  });

  it('step back where nearly every column has seen something', () => {
    const at = inked(barOf(2), columnsOf(2, { motion: [1, 1] }));
    expect(at(0)[HEIGHT - 2], 'the quiet ink, on nothing').toBe(MOTION + QUIET);
  });

  it('are hatched where most is missing, and have a foot where little is', () => {
    const columns = columnsOf(4, { recorded: [0, 0, 0.8, 1], missing: [1, 0, 0.2, 0.02] });
    columns.reasons.push('camera_unreachable', 'stopped_by_operator');
    columns.reason.set([0, 1, 0, 0]);
    const at = inked(barOf(4, 1, { left: 1, top: 3 }), columns);
    expect(at(0).slice(0, 3), 'a fault, going on from the corner of the canvas').toEqual([
      FAULT + 3,
      FAULT + 1,
      FAULT + 3,
    ]);
    expect(at(1)[0], 'what somebody wished for is hatched otherwise').toBe(MISSING + 2);
    expect(at(2).slice(-4), 'a fifth has a foot of three').toEqual([RECORDED + 6, BAD, BAD, BAD]);
    expect(at(3).slice(-3), 'a fiftieth one of two').toEqual([WHOLE, BAD, BAD]);
  });

  it('are the same on a screen of twice as many, twice as large', () => {
    const given = { recorded: [1, 0], missing: [0.02, 0], motion: [5, 0] };
    const [one, two] = [inked(barOf(2), columnsOf(2, given)), inked(barOf(4, 2), columnsOf(2, given))];
    for (const x of [0, 1, 2, 3]) {
      const doubled = one(Math.floor(x / 2)).flatMap((pixel) => [pixel, pixel]);
      expect(two(x), `column ${x}`).toEqual(doubled);
    }
  });

  it('are only what was seen where a pixel is short', () => {
    const bar = barOf(2);
    bar.pixels.fill(7);
    inkColumnsSeen(bar, INKS, columnsOf(2, { recorded: [1, 1], motion: [3, 0] }));
    const seen = [...bar.pixels].filter((pixel) => pixel !== 0);
    expect(seen, 'four pixels on nothing; what was painted before has gone').toEqual(times(4, MOTION));
  });
});
