import { describe, expect, it } from 'vitest';
import { LABEL_HEIGHT, labelPlace, type LabelPlace } from './box_labels';

describe('the words of a box', () => {
  it('stand above it', () => {
    expect(labelPlace(10, 100, 60, 0, []).top).toBe(100 - LABEL_HEIGHT);
  });

  it('stand inside of it where the picture or the tile’s own words begin', () => {
    expect(labelPlace(10, 205, 60, 200, []).top, 'the picture begins at 200').toBe(205);
    expect(labelPlace(10, 2, 60, 0, []).top, 'the name and the time are there').toBeGreaterThan(20);
  });

  it('never stand on others, however many there are', () => {
    const taken: LabelPlace[] = [];
    for (let count = 0; count < 20; count += 1)
      taken.push(labelPlace(10 + count, 100 + (count % 3), 60, 0, taken));
    for (const [index, one] of taken.entries()) {
      for (const other of taken.slice(index + 1)) {
        expect(Math.abs(one.top - other.top), 'each has a line').toBeGreaterThanOrEqual(LABEL_HEIGHT);
      }
    }
    expect(labelPlace(300, 100, 60, 0, taken).top, 'what is beside them is not moved').toBe(
      100 - LABEL_HEIGHT,
    );
  });
});
