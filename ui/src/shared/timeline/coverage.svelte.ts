/**
 * What is recorded and what is missing, for the shown streams over the shown time.
 *
 * Belongs here: when to ask again. Not here: painting, frames.
 */
import type { Backend, TimeRange } from '$backend/backend';
import type { TimelineView } from '$backend/types';
import { microsOf } from '$shared/time/format';
import { askSome } from '$shared/turns';

export interface Gap extends TimeRange {
  readonly reason: string;
  readonly detail: string | null;
}

export interface Coverage {
  /** What was asked for; outside it nothing is known. */
  readonly asked: TimeRange;
  readonly recorded: readonly TimeRange[];
  readonly gaps: readonly Gap[];
}

const SOONEST_MS = 300;
const ASK_AGAIN_OLD_MS = 30_000;
/** What is nearer to now than this is still growing. */
const GROWING_MICROS = 60e6;

export function coverageOf(view: TimelineView, asked: TimeRange): Coverage {
  const range = ({ from, to }: { from: string; to: string }): TimeRange => ({
    from: microsOf(from),
    to: microsOf(to),
  });
  return {
    asked,
    recorded: view.ranges.map(range),
    gaps: view.gaps.map((gap) => ({ ...range(gap), reason: gap.reason, detail: gap.detail ?? null })),
  };
}

/** What any of the streams has, as one sorted list. */
export function union(all: readonly Coverage[]): TimeRange[] {
  const sorted = all.flatMap((coverage) => coverage.recorded).sort((a, b) => a.from - b.from);
  const result: TimeRange[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last !== undefined && range.from <= last.to) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    } else result.push(range);
  }
  return result;
}

export function gapAt(coverage: Coverage | undefined, atMicros: number): Gap | null {
  return coverage?.gaps.find((gap) => gap.from <= atMicros && atMicros < gap.to) ?? null;
}

/** A gap that should not be, unlike one that somebody wished for: the recorder's own distinction. */
export const isFault = (reason: string): boolean =>
  !['stopped_by_operator', 'not_scheduled', 'expired'].includes(reason);

export class CoverageStore {
  /** By stream name. */
  streams = $state.raw<ReadonlyMap<string, Coverage>>(new Map());
  readonly #backend: Backend;
  readonly #now: () => number;
  readonly #asking = new Map<string, AbortController>();
  readonly #askedAtMs = new Map<string, number>();

  readonly #askAgainMs: number;

  /** What touches now is asked for again every `askAgainMs`. */
  constructor(backend: Backend, now: () => number, askAgainMs: number) {
    this.#backend = backend;
    this.#now = now;
    this.#askAgainMs = askAgainMs;
  }

  /** Asks for some of what is missing of this view, and says whether there is more; cheap to call often. */
  want(names: readonly string[], view: TimeRange): boolean {
    for (const [name, request] of this.#asking) if (!names.includes(name)) request.abort();
    return askSome(
      names,
      (name) => this.#isDue(name, view),
      (name) => void this.#ask(name, view),
    );
  }

  #isDue(name: string, view: TimeRange): boolean {
    if (this.#asking.has(name)) return false;
    const ageMs = performance.now() - (this.#askedAtMs.get(name) ?? -Infinity);
    if (ageMs < SOONEST_MS) return false;
    const known = this.streams.get(name);
    if (known === undefined) return true;
    const now = this.#now();
    const covers = known.asked.from <= view.from && known.asked.to >= Math.min(view.to, now - GROWING_MICROS);
    return !covers || ageMs > (view.to > now - GROWING_MICROS ? this.#askAgainMs : ASK_AGAIN_OLD_MS);
  }

  async #ask(name: string, view: TimeRange): Promise<void> {
    const request = new AbortController();
    this.#asking.set(name, request);
    this.#askedAtMs.set(name, performance.now());
    const margin = (view.to - view.from) / 2;
    const asked = { from: Math.max(0, view.from - margin), to: Math.min(view.to + margin, this.#now()) };
    if (asked.to <= asked.from) {
      this.#asking.delete(name);
      return;
    }
    const answer = await this.#backend.timeline(name, asked, request.signal);
    this.#asking.delete(name);
    if (!answer.ok) {
      if (answer.code !== 'not_found') return;
      this.streams = new Map([...this.streams].filter(([other]) => other !== name));
      return;
    }
    this.streams = new Map([...this.streams, [name, coverageOf(answer.value, asked)]]);
  }
}
