import { describe, expect, it } from 'vitest';
import { chordsOf } from '$shared/keyboard/bindings';
import { keyGroups, sideBySide } from './key_groups';

describe('the list of keys', () => {
  const lines = (overrides: Parameters<typeof chordsOf>[1]) =>
    keyGroups((id) => chordsOf(id, overrides)).flatMap((group) => group.lines);

  it('shows nine alike as one', () => {
    const layouts = lines({}).filter(({ title }) => title.startsWith('Layout'));
    expect(layouts).toEqual([{ title: 'Layout: saved ones first', chords: ['Ctrl+1 – 9'] }]);
  });

  it('shows what the user has changed, and not what has no key', () => {
    const changed = lines({ goTo: ['H'], bookmark: [], camera3: ['Q'] });
    expect(changed.find(({ title }) => title === 'Go to a time')?.chords).toEqual(['H']);
    expect(
      changed.some(({ title }) => title.startsWith('Bookmark')),
      'it has no key',
    ).toBe(false);
    expect(changed.find(({ title }) => title === 'Camera 3 of the wall')?.chords).toEqual(['Q']);
  });

  it('stands in two columns of about the same height', () => {
    const groups = keyGroups((id) => chordsOf(id, {}));
    const linesOf = (column: typeof groups): number => column.flatMap(({ lines }) => lines).length;
    const [left, right] = sideBySide(groups).map(linesOf) as [number, number];
    expect(left + right, 'each is shown once').toBe(linesOf(groups));
    expect(Math.abs(left - right), 'neither is much longer').toBeLessThan(6);
  });
});
