/**
 * The newest events of all cameras, asked for gently: what the panel lists and its badge counts.
 *
 * Not here: which of them are shown ({@link ./event_filter}).
 * Invariant: `events` are the newest first and no two have the same id.
 */
import type { Backend } from '$backend/backend';
import type { Failure } from '$backend/result';
import type { EventView } from '$backend/types';
import { regionText } from '$shared/regions/region';
import {
  isFiltered,
  joinedEvents,
  narrowed,
  NO_FILTER,
  rangeOf,
  withSeen,
  type EventFilterChoice,
} from './event_filter';

const EVERY_MS = 10_000;
const PAGE = 200;
/** Who wants older ones goes there on the timeline. */
const MOST = 5_000;

export class EventStore {
  events = $state.raw<readonly EventView[] | null>(null);
  /** Of the last month, whatever the filter says. */
  unseen = $state(0);
  hasMore = $state(false);
  problem = $state.raw<Failure | null>(null);
  filter = $state.raw<EventFilterChoice>(NO_FILTER);
  readonly #backend: Backend;
  readonly #now: () => number;
  #dueMs = -Infinity;
  #isAsking = false;
  #round = 0;

  constructor(backend: Backend, now: () => number) {
    this.#backend = backend;
    this.#now = now;
  }

  tick(): void {
    if (performance.now() >= this.#dueMs) void this.refresh();
  }

  choose(change: Partial<EventFilterChoice>): void {
    this.filter = narrowed(this.filter, change);
    this.#round += 1;
    this.events = null;
    this.#isAsking = false;
    void this.refresh();
  }

  readonly refresh = async (): Promise<void> => {
    await this.#ask(null);
  };

  /** The next page, older than what is here. */
  async older(): Promise<void> {
    const last = this.events?.at(-1);
    if (last !== undefined && this.hasMore && (this.events?.length ?? 0) < MOST)
      await this.#ask(last.from_micros);
  }

  /** At once on the screen; the recorder's refusal takes it back. */
  async mark(ids: readonly number[], seen: boolean): Promise<void> {
    const before = this.events;
    this.events = withSeen(before ?? [], ids, seen);
    this.unseen = Math.max(0, this.unseen + (seen ? -ids.length : ids.length));
    await this.#settled(await this.#backend.markEvents({ ids: [...ids], seen }), before);
  }

  /** What is listed under the present filter. */
  async markListed(): Promise<void> {
    const ids = this.events?.filter(({ seen }) => !seen).map(({ id }) => id) ?? [];
    for (let from = 0; from < ids.length; from += PAGE) await this.mark(ids.slice(from, from + PAGE), true);
  }

  async markAll(): Promise<void> {
    const before = this.events;
    this.events = before?.map((event) => ({ ...event, seen: true })) ?? null;
    this.unseen = 0;
    await this.#settled(
      await this.#backend.markEvents({ ids: [], up_to_micros: this.#now(), seen: true }),
      before,
    );
  }

  async #settled(answer: { ok: true } | Failure, before: readonly EventView[] | null): Promise<void> {
    if (answer.ok) return;
    this.events = before;
    this.problem = answer;
    await this.refresh();
  }

  /** Before an instant, for older ones; null for the newest. */
  async #ask(before: number | null): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const round = this.#round;
    const isOlder = before !== null;
    const { stream, kind, label, isUnseen, region } = this.filter;
    const { from, to } = rangeOf(this.filter, this.#now());
    const answer = await this.#backend.events({
      range: { from, to: before ?? to },
      ...(stream === null ? {} : { streams: [stream] }),
      ...(kind === null ? {} : { kinds: [kind] }),
      ...(label === null ? {} : { labels: [label] }),
      ...(isUnseen ? { isUnseen } : {}),
      ...(region === null ? {} : { region: regionText(region.region) }),
      limit: PAGE,
    });
    // Somebody chose another filter meanwhile; its own question is under way.
    if (round !== this.#round) return;
    this.#isAsking = false;
    this.#dueMs = performance.now() + EVERY_MS;
    this.problem = answer.ok ? null : answer;
    if (!answer.ok) return;
    const { events, more, unseen } = answer.value;
    const known = this.events ?? [];
    this.events = isOlder ? joinedEvents(known, events) : joinedEvents(events, known);
    if (isOlder || known.length <= events.length) this.hasMore = more;
    if (isOlder) return;
    if (!isFiltered(this.filter)) this.unseen = unseen;
    else await this.#count(round);
  }

  /** What is new is counted without the filter: a narrow list hides nothing from the badge. */
  async #count(round: number): Promise<void> {
    const answer = await this.#backend.events({ range: rangeOf(NO_FILTER, this.#now()), limit: 1 });
    if (answer.ok && round === this.#round) this.unseen = answer.value.unseen;
  }
}
