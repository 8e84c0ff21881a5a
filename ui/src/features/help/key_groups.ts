/** The present keys as the list that `?` shows: actions without a key are left out. Pure. */
import { ACTIONS, GROUPS, type ActionGroup, type ActionId } from '$shared/keyboard/actions';

export interface KeyLine {
  readonly title: string;
  readonly chords: readonly string[];
}

export interface KeyGroup {
  readonly title: ActionGroup;
  readonly lines: readonly KeyLine[];
}

const NINE: Readonly<Record<string, string>> = {
  camera: 'Camera of the wall',
  layout: 'Layout: saved ones first',
};

/** What the mouse does beside them. */
const POINTER: Readonly<Partial<Record<ActionGroup, readonly KeyLine[]>>> = {
  Timeline: [{ title: 'Select a range', chords: ['Shift+drag'] }],
  Wall: [{ title: 'Digital zoom at the pointer', chords: ['Ctrl+wheel'] }],
};

export function keyGroups(chordsOf: (id: ActionId) => readonly string[]): readonly KeyGroup[] {
  return GROUPS.map((title) => {
    const lines: KeyLine[] = [];
    for (const action of ACTIONS.filter(({ group }) => group === title)) {
      const chords = chordsOf(action.id);
      if (chords.length === 0) continue;
      const kind = action.number === undefined ? null : action.id.slice(0, -1);
      // Nine alike are one line, as long as nobody has changed them.
      if (kind !== null && chords.length === 1 && chords[0] === action.chords[0]) {
        if (action.number === 1)
          lines.push({ title: NINE[kind] ?? action.title, chords: [`${chords[0] ?? ''} – 9`] });
        continue;
      }
      lines.push({ title: action.title, chords });
    }
    return { title, lines: [...lines, ...(POINTER[title] ?? [])] };
  });
}

/** A heading is about as high as this many lines. */
const HEADING_LINES = 2;

/** Two columns of about the same height: each group goes to the shorter one. */
export function sideBySide(groups: readonly KeyGroup[]): readonly [readonly KeyGroup[], readonly KeyGroup[]] {
  const left: KeyGroup[] = [];
  const right: KeyGroup[] = [];
  const height = (column: readonly KeyGroup[]): number =>
    column.reduce((sum, { lines }) => sum + lines.length + HEADING_LINES, 0);
  for (const group of groups) (height(left) <= height(right) ? left : right).push(group);
  return [left, right];
}
