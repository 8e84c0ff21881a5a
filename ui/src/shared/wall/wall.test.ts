import { describe, expect, it } from 'vitest';
import { dragged, MOST_ZOOM, transformOf, WHOLE, zoomedAt } from './digital_zoom';
import { fitting, layoutOf, LAYOUTS, trimmed, turned } from './layouts';
import { arranged, kept, parsedLayouts, swapped } from './saved_layouts';

describe('a layout', () => {
  it('fills its grid, and no cell lies on another', () => {
    for (const { id, columns, rows, cells } of LAYOUTS) {
      const taken = cells.flatMap(({ column, row, span }) =>
        Array.from({ length: span * span }, (_, index) => [
          column + (index % span),
          row + Math.floor(index / span),
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
    expect(LAYOUTS.map(({ cells }) => cells.length)).toEqual([1, 2, 4, 9, 16, 6, 8]);
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
