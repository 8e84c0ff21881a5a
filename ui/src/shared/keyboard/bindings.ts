/**
 * Which chords mean which action: the table's own, and what the user put in their place.
 *
 * Pure. Not here: where it is kept ({@link ./keys.svelte}).
 * Invariant: a fixed action keeps its chords, and nobody else gets them.
 */
import { ACTIONS, actionRow, isActionId, type ActionId } from './actions';

/** Only what differs from the table. An empty list: the action has no key. */
export type Overrides = Readonly<Partial<Record<ActionId, readonly string[]>>>;

export const chordsOf = (id: ActionId, overrides: Overrides): readonly string[] =>
  actionRow(id).isFixed ? actionRow(id).chords : (overrides[id] ?? actionRow(id).chords);

export function actionFor(chord: string, overrides: Overrides): ActionId | null {
  return ACTIONS.find(({ id }) => chordsOf(id, overrides).includes(chord))?.id ?? null;
}

/** Who else has this chord. */
export const holderOf = (chord: string, except: ActionId, overrides: Overrides): ActionId | null =>
  ACTIONS.find(({ id }) => id !== except && chordsOf(id, overrides).includes(chord))?.id ?? null;

/** Chords that two actions have: only the first of them hears it. */
export function conflicts(overrides: Overrides): ReadonlyMap<string, readonly ActionId[]> {
  const holders = new Map<string, ActionId[]>();
  for (const { id } of ACTIONS) {
    for (const chord of chordsOf(id, overrides)) holders.set(chord, [...(holders.get(chord) ?? []), id]);
  }
  return new Map([...holders].filter(([, ids]) => ids.length > 1));
}

/** Gives an action this one chord, and takes it from whoever had it. */
export function assigned(id: ActionId, chord: string, overrides: Overrides): Overrides {
  const holder = holderOf(chord, id, overrides);
  if (actionRow(id).isFixed || (holder !== null && actionRow(holder).isFixed)) return overrides;
  const taken =
    holder === null
      ? overrides
      : having(
          holder,
          chordsOf(holder, overrides).filter((other) => other !== chord),
          overrides,
        );
  return having(id, [chord], taken);
}

export const cleared = (id: ActionId, overrides: Overrides): Overrides => having(id, [], overrides);

/** Back to the table's own, from whoever has them now. */
export function restored(id: ActionId, overrides: Overrides): Overrides {
  let next = overrides;
  for (const chord of actionRow(id).chords) {
    const holder = holderOf(chord, id, next);
    if (holder !== null)
      next = having(
        holder,
        chordsOf(holder, next).filter((other) => other !== chord),
        next,
      );
  }
  return having(id, actionRow(id).chords, next);
}

/** What was saved, as far as it still makes sense. */
export function parsed(text: string | null): Overrides {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const overrides: Partial<Record<ActionId, readonly string[]>> = {};
  for (const [id, chords] of Object.entries(value)) {
    if (!isActionId(id) || !Array.isArray(chords)) continue;
    overrides[id] = chords.filter((chord): chord is string => typeof chord === 'string' && chord !== '');
  }
  return overrides;
}

function having(id: ActionId, chords: readonly string[], overrides: Overrides): Overrides {
  const next = { ...overrides, [id]: chords };
  const own = actionRow(id).chords;
  if (chords.length === own.length && chords.every((chord, index) => chord === own[index])) delete next[id];
  return next;
}
