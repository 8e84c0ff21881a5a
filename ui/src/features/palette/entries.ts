/**
 * What the palette offers for what was typed: actions, cameras, layouts, a time. Pure.
 */
import { fuzzy } from './fuzzy';

export interface Entry {
  readonly id: string;
  readonly kind: 'Command' | 'Camera' | 'Layout' | 'Time';
  readonly title: string;
  readonly chord: string | null;
  readonly perform: () => void;
}

export interface Found {
  readonly entry: Entry;
  /** Letters of the title that were typed. */
  readonly places: readonly number[];
}

const MOST = 60;

/** The best first; among equals as given. A time that was understood is what was meant. */
export function found(query: string, entries: readonly Entry[], time: Entry | null): readonly Found[] {
  const matches = entries.flatMap((entry) => {
    const match = fuzzy(query, entry.title);
    // "camera yard" and "layout night" are ways to say it, too.
    const named = match === null ? fuzzy(query, `${entry.kind} ${entry.title}`) : null;
    if (match !== null) return [{ entry, places: match.places, score: match.score }];
    return named === null ? [] : [{ entry, places: [], score: named.score - 10 }];
  });
  const sorted = matches.sort((a, b) => b.score - a.score).slice(0, MOST);
  return [...(time === null ? [] : [{ entry: time, places: [] }]), ...sorted];
}

/** A title in pieces, so that the letters that were typed can be set off. */
export function pieces(
  title: string,
  places: readonly number[],
): readonly { text: string; isMeant: boolean }[] {
  const result: { text: string; isMeant: boolean }[] = [];
  for (const [index, letter] of Array.from(title).entries()) {
    const isMeant = places.includes(index);
    const last = result.at(-1);
    if (last !== undefined && last.isMeant === isMeant) last.text += letter;
    else result.push({ text: letter, isMeant });
  }
  return result;
}
