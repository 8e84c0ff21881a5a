import { describe, expect, it, vi } from 'vitest';
import { dragged, MOST_ZOOM, transformOf, WHOLE, zoomedAt } from './digital_zoom';
import { exchanged, fromLayout, moved, parsedPlaces, resized, settled } from './free_layout';
import { fitting, layoutOf, LAYOUTS, trimmed, turned } from './layouts';
import { arranged, kept, parsedLayouts, swapped } from './saved_layouts';
import { Wall } from './wall.svelte';

describe('a layout', () => {
  it('fills its grid, and no cell lies on another', () => {
    for (const { id, columns, rows, cells } of LAYOUTS) {
      const taken = cells.flatMap(({ column, row, width, height }) =>
        Array.from({ length: width * height }, (_, index) => [
          column + (index % width),
          row + Math.floor(index / width),
        ]),
      );
      expect(taken.length, `${id} covers as much as there is`).toBe(columns * rows);
      expect(new Set(taken.map(String)).size, `${id} covers nothing twice`).toBe(columns * rows);
      expect(
        taken.every(([column = -1, row = -1]) => column < columns && row < rows),
        `${id} stays inside`,
      ).toBe(true);
    }
  });

  it('has as many cells as its name says', () => {
    expect(LAYOUTS.map(({ cells }) => cells.length)).toEqual([1, 2, 4, 9, 16, 6, 8, 4]);
  });

  it('has no empty row where all cells are alike', () => {
    expect(trimmed(layoutOf('3x3'), 4)).toMatchObject({ columns: 3, rows: 2 });
    expect(trimmed(layoutOf('1+5'), 2).rows, 'the large one keeps its shape').toBe(3);
  });

  it('puts two on top of each other where they are larger that way', () => {
    expect(turned(layoutOf('2x1'), 900, 700)).toMatchObject({ columns: 1, rows: 2 });
    expect(turned(layoutOf('2x1'), 2000, 600)).toMatchObject({ columns: 2, rows: 1 });
  });

  it('fits the number of cameras at first', () => {
    expect([0, 1, 2, 3, 5, 10].map(fitting)).toEqual(['1', '1', '2x1', '2x2', '3x3', '4x4']);
  });
});

describe('a free arrangement', () => {
  const begun = fromLayout(layoutOf('2x1'), ['a', 'b']);

  it('begins as the wall was divided', () => {
    expect(begun).toEqual({
      a: { column: 0, row: 0, width: 6, height: 12 },
      b: { column: 6, row: 0, width: 6, height: 12 },
    });
  });

  it('moves and grows only where nothing stands', () => {
    const small = resized(begun, 'b', 10, 4);
    expect(small['b'], 'its corner went in').toEqual({ column: 6, row: 0, width: 4, height: 4 });
    expect(moved(small, 'b', 7, 9)['b'], 'kept inside').toMatchObject({ column: 7, row: 8 });
    expect(moved(small, 'b', 5, 0), 'the other one stands there').toBe(small);
    expect(resized(small, 'a', 8, 6)['a'], 'it grows no further than it may').toMatchObject({
      width: 6,
      height: 6,
    });
    expect(resized(begun, 'b', 0, 0)['b'], 'there is a least size').toMatchObject({ width: 2, height: 2 });
  });

  it('changes two places, sizes with them', () => {
    const small = resized(begun, 'b', 10, 4);
    expect(exchanged(small, 'a', 'b')).toEqual({ a: small['b'], b: small['a'] });
    expect(exchanged(begun, 'b', 'c'), 'one that was not on the wall takes a place').toEqual({
      a: begun['a'],
      c: begun['b'],
    });
  });

  it('outlives cameras that come and go', () => {
    const places = settled(begun, ['b', 'c']);
    expect(places['a'], 'its place is free').toBeUndefined();
    expect(places['c'], 'the new one has found room').toEqual({ column: 0, row: 0, width: 6, height: 6 });
    expect(settled(begun, ['a', 'b', 'c']), 'no room, no tile').toEqual(begun);
  });

  it('is read back as far as it makes sense', () => {
    const overlapping = { ...begun, c: { column: 5, row: 0, width: 2, height: 2 }, d: 3 };
    expect(parsedPlaces(overlapping)).toEqual(begun);
    expect(parsedPlaces('nonsense')).toEqual({});
  });
});

describe('an arrangement', () => {
  it('changes two places', () => {
    expect(swapped(['a', 'b', 'c'], 'a', 'c')).toEqual(['c', 'b', 'a']);
    expect(swapped(['a', 'b'], 'a', 'gone'), 'nothing to change with').toEqual(['a', 'b']);
  });

  it('outlives cameras that come and go', () => {
    expect(arranged(['c', 'gone', 'a'], ['a', 'b', 'c'])).toEqual(['c', 'a', 'b']);
  });

  it('is replaced by one of the same name', () => {
    const first = kept([], { name: 'Night', layout: '2x2', slots: ['a'] });
    const second = kept(first, { name: 'Night', layout: '1+5', slots: ['b'] });
    expect(second).toEqual([{ name: 'Night', layout: '1+5', slots: ['b'] }]);
  });

  it('is read back as far as it makes sense', () => {
    const good = { name: 'Night', layout: '2x2', slots: ['a'] };
    expect(parsedLayouts([good, { ...good, layout: '9x9' }, { ...good, name: '' }, 3])).toEqual([good]);
    expect(parsedLayouts('nonsense')).toEqual([]);
  });
});

describe('digital zoom', () => {
  it('keeps the point under the pointer', () => {
    const zoom = zoomedAt(WHOLE, 0.25, 0.5, 4);
    const seenAt = (zoom.left + 0.25 / zoom.scale).toFixed(9);
    expect(seenAt, 'the same place of the picture').toBe('0.250000000');
    const further = zoomedAt(zoom, 0.8, 0.1, 1.5);
    expect(further.left + 0.8 / further.scale).toBeCloseTo(zoom.left + 0.8 / zoom.scale);
  });

  it('never shows what is beside the picture', () => {
    const corner = dragged(zoomedAt(WHOLE, 0.5, 0.5, 2), 9, -9);
    expect(corner).toEqual({ scale: 2, left: 0, top: 0.5 });
    expect(zoomedAt(WHOLE, 0.5, 0.5, 0.5), 'never smaller than the tile').toEqual(WHOLE);
    expect(zoomedAt(WHOLE, 0, 0, 1000).scale).toBe(MOST_ZOOM);
  });

  it('is a transform', () => {
    expect(transformOf({ scale: 2, left: 0.25, top: 0 })).toBe('scale(2) translate(-25%, 0%)');
  });
});

describe('a group on the wall', () => {
  const wallOf = (cameras: readonly string[]): Wall => {
    const wall = new Wall();
    wall.setCameras(cameras);
    return wall;
  };

  it('has it to itself, and gives it back as it was', () => {
    const wall = wallOf(['a', 'b', 'c', 'd', 'e']);
    wall.showGroup('Outside', ['b', 'd']);
    expect(wall.shown, 'nobody else fills a free cell').toEqual(['b', 'd']);
    expect(wall.layout, 'as many cells as it needs').toBe('2x1');
    wall.toggleMaximised('d');
    wall.back();
    expect(wall.shown, 'first back to the group').toEqual(['b', 'd']);
    wall.back();
    expect(wall.shown, 'then to all').toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('makes way for a camera of no group, and for another division', () => {
    const wall = wallOf(['a', 'b', 'c']);
    wall.showGroup('Outside', ['b', 'c']);
    wall.choose('a');
    expect([wall.group, wall.lead, wall.shown]).toEqual([null, 'a', ['a', 'b', 'c']]);
    wall.showGroup('Outside', ['b', 'c']);
    wall.layout = '3x3';
    expect([wall.group, wall.shown.length]).toEqual([null, 3]);
  });

  it('follows its cameras, and is over with the last', () => {
    const wall = wallOf(['a', 'b', 'c']);
    wall.showGroup('Outside', ['b', 'c']);
    wall.setGroupCameras(['c']);
    expect(wall.shown).toEqual(['c']);
    wall.setGroupCameras([]);
    expect(wall.shown).toEqual(['a', 'b', 'c']);
  });
});

describe('a wall whose cameras are not known yet', () => {
  it('shows none, and keeps the order of the last visit', () => {
    const kept = { slots: ['b', 'a'], layout: '2x1' };
    const storage = { getItem: () => JSON.stringify(kept), setItem: () => {} };
    vi.stubGlobal('localStorage', storage);
    const wall = new Wall();
    vi.unstubAllGlobals();
    expect([wall.areCamerasKnown, wall.shown], 'whether they still exist is not known').toEqual([false, []]);
    wall.setCameras(['a', 'b', 'c']);
    expect([wall.areCamerasKnown, wall.slots]).toEqual([true, ['b', 'a', 'c']]);
  });
});
