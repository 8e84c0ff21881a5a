/**
 * What to have and what to drop, for one stream, at this playhead.
 *
 * Belongs here: the pure choice. Not here: fetching ({@link ./footage}).
 * Invariant: what is wanted now is never dropped; beyond it, at most `budgetBytes` are kept.
 */
import type { FragmentView } from '$backend/types';
import { endOf } from './fragment_index';

export interface FetchSituation {
  readonly playheadMicros: number;
  /** Media seconds per second, negative backwards, 0 while it stands. */
  readonly rate: number;
  /** In order of time. */
  readonly fragments: readonly FragmentView[];
  readonly loaded: ReadonlySet<number>;
  readonly inFlight: ReadonlySet<number>;
  readonly budgetBytes: number;
}

export interface FetchPlan {
  /** Most urgent first. */
  readonly fetch: readonly number[];
  readonly drop: readonly number[];
  /** Under way, and no longer worth it. */
  readonly cancel: readonly number[];
}

const MOST_AT_ONCE = 3;
/** Two seconds of waiting for the network are hidden at any speed. */
const LOOK_AHEAD_MICROS = 4e6;
const LOOK_BEHIND_MICROS = 1e6;
/** What lies the other way is for steps and changes of mind: after what comes next. */
const AGAINST_THE_WAY_MICROS = 3e6;

export function planFetch(situation: FetchSituation): FetchPlan {
  const wanted = wantedFragments(situation);
  const { loaded, inFlight } = situation;
  const free = Math.max(0, MOST_AT_ONCE - inFlight.size);
  const fetch = wanted.filter((number) => !loaded.has(number) && !inFlight.has(number)).slice(0, free);
  const cancel = [...inFlight].filter((number) => !wanted.includes(number));
  return { fetch, drop: dropped(situation, new Set(wanted)), cancel };
}

/** Nearest to need first: the one at the playhead with what it is decoded from, then the way ahead. */
function wantedFragments({ playheadMicros, rate, fragments }: FetchSituation): number[] {
  const direction = rate < 0 ? -1 : 1;
  const ahead = LOOK_AHEAD_MICROS * Math.max(1, Math.abs(rate));
  const [before, after] =
    rate === 0
      ? [LOOK_BEHIND_MICROS, LOOK_BEHIND_MICROS]
      : direction > 0
        ? [LOOK_BEHIND_MICROS, ahead]
        : [ahead, LOOK_BEHIND_MICROS];
  const near = fragments.filter(
    (fragment) => endOf(fragment) > playheadMicros - before && fragment.from_micros < playheadMicros + after,
  );
  const urgency = (fragment: FragmentView): number => {
    if (fragment.from_micros <= playheadMicros && playheadMicros < endOf(fragment)) return 0;
    const distance =
      fragment.from_micros > playheadMicros
        ? fragment.from_micros - playheadMicros
        : playheadMicros - endOf(fragment) + 1;
    const isOnTheWay = fragment.from_micros > playheadMicros === direction > 0;
    return isOnTheWay ? distance : distance + AGAINST_THE_WAY_MICROS * Math.max(1, Math.abs(rate));
  };
  const wanted: number[] = [];
  for (const fragment of near.sort((a, b) => urgency(a) - urgency(b))) {
    for (const needed of chain(fragment, fragments)) if (!wanted.includes(needed)) wanted.push(needed);
  }
  return wanted;
}

/** A fragment and those before it that its first frames are decoded from. */
function chain(fragment: FragmentView, fragments: readonly FragmentView[]): number[] {
  const numbers = [fragment.number];
  let index = fragments.indexOf(fragment);
  let current = fragment;
  while (!current.independent) {
    index -= 1;
    const previous = fragments[index];
    if (previous === undefined) break;
    numbers.unshift(previous.number);
    current = previous;
  }
  return numbers;
}

/** The farthest go first, until the rest fits the budget. */
function dropped(situation: FetchSituation, wanted: ReadonlySet<number>): number[] {
  const { fragments, loaded, playheadMicros, budgetBytes } = situation;
  const listed = new Set(fragments.map((fragment) => fragment.number));
  const gone = [...loaded].filter((number) => !listed.has(number));
  const held = fragments.filter((fragment) => loaded.has(fragment.number));
  let bytes = held.reduce((sum, fragment) => sum + fragment.bytes, 0);
  const distance = (fragment: FragmentView): number => Math.abs(fragment.from_micros - playheadMicros);
  for (const fragment of held.sort((a, b) => distance(b) - distance(a))) {
    if (bytes <= budgetBytes) break;
    if (wanted.has(fragment.number)) continue;
    gone.push(fragment.number);
    bytes -= fragment.bytes;
  }
  return gone;
}
