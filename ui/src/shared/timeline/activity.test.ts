import { describe, expect, it } from 'vitest';
import type { ActivityView } from '$backend/types';
import { emptyColumns, isExact, lay, runs, Sheets, toldAt, type Activity } from './activity';
import { Axis } from './axis';

const S = 1e6;
const AXIS = new Axis({ from: 0, to: 10 * S }, 0, 10);

function activityOf(bucketSeconds: number, recorded: number[], more: Partial<ActivityView> = {}): Activity {
  const none = recorded.map(() => 0);
  const view: ActivityView = {
    stream: 'door',
    from_micros: 0,
    bucket_micros: bucketSeconds * S,
    recorded,
    missing: none,
    motion: none,
    objects: none,
    events: none,
    reason: recorded.map(() => -1),
    reasons: [],
    ...more,
  };
  return { asked: { from: 0, to: recorded.length * bucketSeconds * S }, view };
}

describe('activity on pixels', () => {
  it('keeps a short gap that is finer than a pixel', () => {
    const columns = emptyColumns(10);
    const missing = Array.from({ length: 100 }, (_, index) => (index === 42 ? 1000 : 0));
    const recorded = missing.map((lost) => 1000 - lost);
    const reason = missing.map((lost) => (lost > 0 ? 0 : -1));
    lay(
      columns,
      activityOf(10, recorded, { missing, reason, reasons: ['camera_silent'] }),
      new Axis({ from: 0, to: 1000 * S }, 0, 10),
    );
    expect(columns.missing[4], 'a tenth of its pixel').toBeCloseTo(0.1);
    expect(columns.recorded[4]).toBeCloseTo(0.9);
    expect(columns.reasons[columns.reason[4] ?? -1], 'and why').toBe('camera_silent');
    expect(columns.recorded[5], 'its neighbour is whole').toBe(1);
  });

  it('spreads a bucket that is longer than a pixel', () => {
    const columns = emptyColumns(8);
    lay(columns, activityOf(4, [1000, 0]), new Axis({ from: 0, to: 8 * S }, 0, 8));
    expect([...columns.recorded]).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  });

  it('lets the fine cover the coarse where it knows more, and nowhere else', () => {
    const columns = emptyColumns(8);
    const axis = new Axis({ from: 0, to: 8 * S }, 0, 8);
    lay(columns, activityOf(8, [500]), axis);
    const fine = activityOf(1, [1000, 1000]);
    lay(columns, fine, axis);
    expect([...columns.recorded]).toEqual([1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  });

  it('leaves to the fine what it is going to cover, with the same result', () => {
    const axis = new Axis({ from: 0, to: 12 * S }, 0, 12);
    const coarse = activityOf(4, [100, 200, 300]);
    const known = activityOf(1, [1000, 900, 800]);
    const shifted = { asked: { from: 5 * S, to: 8 * S }, view: { ...known.view, from_micros: 5 * S } };
    for (const fine of [known, shifted, activityOf(12, [700])]) {
      const [whole, left] = [emptyColumns(12), emptyColumns(12)];
      lay(whole, coarse, axis);
      lay(whole, fine, axis);
      lay(left, coarse, axis, fine);
      lay(left, fine, axis);
      expect(left, 'nothing is lost on either side of it').toEqual(whole);
    }
    const skipped = emptyColumns(12);
    lay(skipped, coarse, axis, shifted);
    expect([...skipped.recorded].slice(4, 9), 'and nothing is laid twice').toEqual([
      expect.closeTo(0.2),
      0,
      0,
      0,
      expect.closeTo(0.3),
    ]);
  });

  it('is for pixels that are longer than a second', () => {
    expect(isExact(new Axis({ from: 0, to: 1000 * S }, 0, 1000))).toBe(true);
    expect(isExact(new Axis({ from: 0, to: 1100 * S }, 0, 1000))).toBe(false);
  });

  it('joins equal neighbours, so that ten years of the same are one stroke', () => {
    const seen: [number, number, number][] = [];
    const values = [1, 1, 1, 0, 2, 2];
    runs(
      values.length,
      (x) => values[x] ?? 0,
      (...run) => seen.push(run),
    );
    expect(seen).toEqual([
      [1, 0, 3],
      [0, 3, 4],
      [2, 4, 6],
    ]);
  });

  it('tells of an instant what its bucket says, and nothing of one it was not asked for', () => {
    const activity = activityOf(60, [1000, 250], {
      missing: [0, 750],
      reason: [-1, 0],
      reasons: ['disk_full'],
    });
    expect(toldAt(activity, 70 * S)).toEqual({
      recorded: 0.25,
      missing: 0.75,
      reason: 'disk_full',
      micros: 60 * S,
    });
    expect(toldAt(activity, 500 * S)).toBeNull();
  });
});

describe('sheets', () => {
  it('are used again, and empty each time', () => {
    const sheets = new Sheets();
    const first = sheets.next(10);
    const second = sheets.next(10);
    expect(second, 'two lanes have two').not.toBe(first);
    lay(first, activityOf(1, [1000], { missing: [0], reason: [0], reasons: ['expired'] }), AXIS);
    sheets.clear();
    const again = sheets.next(10);
    expect(again, 'the next painting takes the same').toBe(first);
    expect(again, 'nothing shines through').toEqual(emptyColumns(10));
    sheets.clear();
    expect(sheets.next(12).recorded.length, 'a wider timeline has wider ones').toBe(12);
  });
});
