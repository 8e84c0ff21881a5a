/**
 * Bookmarks and holds: what people marked, and what must not be deleted.
 *
 * Belongs here: keeping the lists fresh, and changing them. Not here: dialogues, ink.
 */
import type { Backend } from '$backend/backend';
import type { Result } from '$backend/result';
import type { BookmarkCreate, BookmarkView, HoldCreate, HoldView } from '$backend/types';

const ASK_AGAIN_MS = 10_000;

export class MarkStore {
  /** In order of time. */
  bookmarks = $state.raw<readonly BookmarkView[]>([]);
  /** Those in force. */
  holds = $state.raw<readonly HoldView[]>([]);
  readonly #backend: Backend;
  readonly #now: () => number;
  #askedAtMs = -Infinity;

  constructor(backend: Backend, now: () => number) {
    this.#backend = backend;
    this.#now = now;
  }

  /** Others may mark too; cheap to call often. */
  want(): void {
    if (performance.now() - this.#askedAtMs > ASK_AGAIN_MS) void this.refresh();
  }

  async refresh(): Promise<void> {
    this.#askedAtMs = performance.now();
    const [bookmarks, holds] = await Promise.all([
      this.#backend.bookmarks({ from: 0, to: this.#now() }),
      this.#backend.holds(),
    ]);
    if (bookmarks.ok) this.bookmarks = bookmarks.value.bookmarks;
    if (holds.ok) this.holds = holds.value.holds.filter(({ active }) => active);
  }

  bookmark(create: BookmarkCreate): Promise<Result<BookmarkView>> {
    return this.#changed(this.#backend.createBookmark(create));
  }

  deleteBookmark(id: number): Promise<Result<null>> {
    return this.#changed(this.#backend.deleteBookmark(id));
  }

  hold(stream: string, create: HoldCreate): Promise<Result<HoldView>> {
    return this.#changed(this.#backend.createHold(stream, create));
  }

  release(hold: HoldView): Promise<Result<null>> {
    return this.#changed(this.#backend.deleteHold(hold.stream, hold.id));
  }

  async #changed<Value>(change: Promise<Result<Value>>): Promise<Result<Value>> {
    const answer = await change;
    if (answer.ok) await this.refresh();
    return answer;
  }
}
