/** Arrangements that the user gave a name: the first nine have a key each. Pure. */
import { parsedPlaces, type FreePlaces } from './free_layout';
import { isLayoutId, type LayoutId } from './layouts';

export interface SavedLayout {
  readonly name: string;
  readonly layout: LayoutId;
  readonly slots: readonly string[];
  /** Of a free arrangement. */
  readonly places?: FreePlaces;
}

/** Under a name that exists it takes that one's place. */
export function kept(layouts: readonly SavedLayout[], saved: SavedLayout): readonly SavedLayout[] {
  const place = layouts.findIndex(({ name }) => name === saved.name);
  return place < 0 ? [...layouts, saved] : layouts.with(place, saved);
}

/** The saved order with today's cameras: those that are gone go, the new ones stand at the end. */
export function arranged(slots: readonly string[], cameras: readonly string[]): readonly string[] {
  const known = slots.filter((name) => cameras.includes(name));
  return [...known, ...cameras.filter((name) => !known.includes(name))];
}

/** Two cameras change places. */
export function swapped(slots: readonly string[], a: string, b: string): readonly string[] {
  const [from, to] = [slots.indexOf(a), slots.indexOf(b)];
  return from < 0 || to < 0 || from === to ? slots : slots.with(from, b).with(to, a);
}

export function parsedLayouts(value: unknown): readonly SavedLayout[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown): SavedLayout[] => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { name, layout, slots, places } = entry as Record<string, unknown>;
    if (typeof name !== 'string' || name === '' || !isLayoutId(layout) || !Array.isArray(slots)) return [];
    return [
      {
        name,
        layout,
        slots: slots.filter((slot): slot is string => typeof slot === 'string'),
        ...(layout === 'free' ? { places: parsedPlaces(places) } : {}),
      },
    ];
  });
}
