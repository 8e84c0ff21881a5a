/**
 * How well a text answers what was typed: letters in order, better at the beginnings of words.
 *
 * Pure; no dependency, because a few hundred short titles need no index.
 */

export interface Match {
  readonly score: number;
  /** Which letters of the text were meant. */
  readonly places: readonly number[];
}

const WORD_START = 8;
const FOLLOWS = 5;
const GAP_COST = 1;
const MOST_GAP_COST = 6;

/** Null where a letter is missing. */
export function fuzzy(query: string, text: string): Match | null {
  const wanted = query.toLowerCase().replaceAll(/\s+/g, '');
  const given = text.toLowerCase();
  if (wanted === '') return { score: 0, places: [] };
  // Where the words stand whole, they are meant; otherwise letter by letter.
  return whole(query.trim().toLowerCase(), given) ?? letters(wanted, given);
}

function whole(query: string, given: string): Match | null {
  const at = given.indexOf(query);
  if (at < 0) return null;
  const places = Array.from(query, (_, index) => at + index);
  const start = isStart(given, at) ? WORD_START * 2 : 0;
  return { score: 100 + start + query.length * FOLLOWS - Math.min(at, MOST_GAP_COST), places };
}

function letters(wanted: string, given: string): Match | null {
  const places: number[] = [];
  let score = 0;
  let from = 0;
  for (const letter of wanted) {
    const next = given.indexOf(letter, from);
    if (next < 0) return null;
    const start = startOf(given, letter, from);
    // The beginning of a later word is worth a gap, as long as what follows is still found.
    const at = start !== null && next !== from ? start : next;
    score += isStart(given, at) ? WORD_START : at === from && places.length > 0 ? FOLLOWS : 0;
    score -= Math.min(MOST_GAP_COST, (at - from) * GAP_COST);
    places.push(at);
    from = at + 1;
  }
  return { score, places };
}

function startOf(given: string, letter: string, from: number): number | null {
  for (let at = given.indexOf(letter, from); at >= 0; at = given.indexOf(letter, at + 1)) {
    if (isStart(given, at)) return at;
  }
  return null;
}

const isStart = (text: string, at: number): boolean => at === 0 || /[\s_.+-]/.test(text[at - 1] ?? '');
