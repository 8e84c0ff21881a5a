/**
 * What is known of one stream's fragments: which there are, and for which times that is certain.
 *
 * Belongs here: the pure bookkeeping. Not here: asking the recorder ({@link ./footage}).
 * Invariant: fragments are in order of time and never overlap; intervals are sorted and disjoint.
 */
import type { TimeRange } from '$backend/backend';
import type { FragmentList, FragmentView } from '$backend/types';

export type Located =
  | { readonly kind: 'fragment'; readonly fragment: FragmentView }
  /** Nothing was recorded then, for certain. */
  | { readonly kind: 'nothing' }
  /** The recorder has to be asked. */
  | { readonly kind: 'unknown' };

const MOST_FRAGMENTS = 6_000;

export const endOf = (fragment: FragmentView): number => fragment.from_micros + fragment.duration_micros;

export class FragmentIndex {
  #fragments: FragmentView[] = [];
  /** Places by number, made when they are first asked for after a change. */
  #places: Map<number, number> | null = null;
  #known: TimeRange[] = [];

  get fragments(): readonly FragmentView[] {
    return this.#fragments;
  }

  /**
   * Takes in an answer about `asked`. Behind `settledMicros` more fragments may still be written,
   * so the answer is not the last word there.
   */
  add(asked: TimeRange, answer: FragmentList, settledMicros: number): void {
    const last = answer.fragments.at(-1);
    const lastEnd = last === undefined ? asked.from : endOf(last);
    const certain = answer.more ? lastEnd : Math.min(asked.to, Math.max(lastEnd, settledMicros));
    const numbers = new Set(answer.fragments.map((fragment) => fragment.number));
    this.#fragments = [
      ...this.#fragments.filter(
        (fragment) =>
          !numbers.has(fragment.number) &&
          // What the recorder no longer lists was deleted.
          (endOf(fragment) <= asked.from || fragment.from_micros >= certain),
      ),
      ...answer.fragments,
    ].sort((a, b) => a.from_micros - b.from_micros);
    this.#places = null;
    if (certain > asked.from) this.#known = merged([...this.#known, { from: asked.from, to: certain }]);
  }

  /** The recorder says that it has this one no more. */
  remove(number: number): void {
    this.#fragments = this.#fragments.filter((fragment) => fragment.number !== number);
    this.#places = null;
  }

  locate(atMicros: number): Located {
    const index = this.#before(atMicros);
    const fragment = this.#fragments[index];
    if (fragment !== undefined && atMicros < endOf(fragment)) return { kind: 'fragment', fragment };
    return this.#isKnown(atMicros) ? { kind: 'nothing' } : { kind: 'unknown' };
  }

  /** The listed fragment after (+1) or before (−1), whether or not time is missing between. */
  neighbour(number: number, direction: 1 | -1): FragmentView | null {
    const index = this.#place(number);
    return index === null ? null : (this.#fragments[index + direction] ?? null);
  }

  get(number: number): FragmentView | null {
    const index = this.#place(number);
    return index === null ? null : (this.#fragments[index] ?? null);
  }

  /** The first instant at or after `from` (before `to`) that is not certain, or null. */
  firstUnknown(range: TimeRange): number | null {
    let at = range.from;
    for (const interval of this.#known) if (interval.from <= at && at < interval.to) at = interval.to;
    return at < range.to ? at : null;
  }

  /** Forgets what is far from `atMicros`, so that a day of watching does not grow without end. */
  trim(atMicros: number): void {
    if (this.#fragments.length <= MOST_FRAGMENTS) return;
    const middle = Math.max(0, this.#before(atMicros));
    const kept = this.#fragments.slice(Math.max(0, middle - MOST_FRAGMENTS / 4), middle + MOST_FRAGMENTS / 4);
    const [first, last] = [kept[0], kept.at(-1)];
    if (first === undefined || last === undefined) return;
    const [from, to] = [first.from_micros, endOf(last)];
    this.#fragments = kept;
    this.#places = null;
    this.#known = this.#known
      .map((interval) => ({ from: Math.max(interval.from, from), to: Math.min(interval.to, to) }))
      .filter((interval) => interval.from < interval.to);
  }

  /** Index of the last fragment that starts at or before `atMicros`; −1 if none does. */
  #before(atMicros: number): number {
    let [low, high] = [0, this.#fragments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const fragment = this.#fragments[middle];
      if (fragment !== undefined && fragment.from_micros <= atMicros) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #place(number: number): number | null {
    this.#places ??= new Map(this.#fragments.map((fragment, index) => [fragment.number, index]));
    return this.#places.get(number) ?? null;
  }

  #isKnown(atMicros: number): boolean {
    return this.#known.some((interval) => interval.from <= atMicros && atMicros < interval.to);
  }
}

function merged(intervals: TimeRange[]): TimeRange[] {
  const result: TimeRange[] = [];
  for (const interval of intervals.sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && interval.from <= last.to) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, interval.to) };
    } else result.push(interval);
  }
  return result;
}
