/**
 * The activity of the shown streams over the shown time.
 *
 * Belongs here: when to ask again, and how fine. Not here: laying it on pixels ({@link ./activity}).
 */
import type { Backend, TimeRange } from '$backend/backend';
import { askSome } from '$shared/turns';
import type { Activity } from './activity';

const SOONEST_MS = 120;
const ASK_AGAIN_OLD_MS = 60_000;
const ASK_AGAIN_NOW_MS = 3_000;
/** Buckets over the view and half of it on either side. */
const BUCKETS = 1_600;
/** Coarser than this many times what it would be now: ask for finer. */
const TOO_COARSE = 2.2;

interface Ask {
  readonly request: AbortController;
  readonly asked: TimeRange;
}

export class ActivityStore {
  /** By stream name. */
  streams = $state.raw<ReadonlyMap<string, Activity>>(new Map());
  readonly #backend: Backend;
  readonly #now: () => number;
  readonly #asking = new Map<string, Ask>();
  readonly #askedAtMs = new Map<string, number>();

  constructor(backend: Backend, now: () => number) {
    this.#backend = backend;
    this.#now = now;
  }

  /** Asks for some of what is missing of this view, and says whether there is more; cheap to call at every movement. */
  want(names: readonly string[], view: TimeRange): boolean {
    for (const [name, { request }] of this.#asking) if (!names.includes(name)) request.abort();
    return askSome(
      names,
      (name) => this.#isDue(name, view),
      (name) => void this.#ask(name, view),
    );
  }

  #isDue(name: string, view: TimeRange): boolean {
    const ageMs = performance.now() - (this.#askedAtMs.get(name) ?? -Infinity);
    if (ageMs < SOONEST_MS) return false;
    const asking = this.#asking.get(name);
    if (asking !== undefined) return !this.#suits(asking.asked, view);
    const known = this.streams.get(name);
    if (known === undefined || !this.#suits(known.asked, view)) return true;
    const isGrowing = view.to > this.#now() - 60e6;
    const patience = Math.min(ASK_AGAIN_OLD_MS, Math.max(ASK_AGAIN_NOW_MS, known.view.bucket_micros / 2e3));
    return ageMs > (isGrowing ? patience : ASK_AGAIN_OLD_MS);
  }

  /** Whether an answer for `asked` covers the view, and finely enough. */
  #suits(asked: TimeRange, view: TimeRange): boolean {
    const span = view.to - view.from;
    const isWhole = asked.from <= view.from && asked.to >= Math.min(view.to, this.#now() - span / 100);
    return isWhole && asked.to - asked.from < 2 * span * TOO_COARSE;
  }

  async #ask(name: string, view: TimeRange): Promise<void> {
    this.#asking.get(name)?.request.abort();
    const margin = (view.to - view.from) / 2;
    const asked = { from: Math.max(0, view.from - margin), to: Math.min(view.to + margin, this.#now()) };
    this.#askedAtMs.set(name, performance.now());
    if (asked.to <= asked.from) return;
    const ask = { request: new AbortController(), asked };
    this.#asking.set(name, ask);
    const share = (asked.to - asked.from) / (view.to - view.from + 2 * margin);
    const buckets = Math.max(16, Math.ceil(BUCKETS * share));
    const answer = await this.#backend.activity(name, asked, buckets, ask.request.signal);
    if (this.#asking.get(name) === ask) this.#asking.delete(name);
    if (answer.ok) this.streams = new Map([...this.streams, [name, { asked, view: answer.value }]]);
    else if (answer.code === 'not_found')
      this.streams = new Map([...this.streams].filter(([other]) => other !== name));
  }
}
