/**
 * How much room there is, how long it lasts, and how much of what was due is recorded: asked for
 * gently, and at once after a change.
 */
import type { Backend } from '$backend/backend';
import type { Failure } from '$backend/result';
import type { ShareView, StorageView } from '$backend/types';

const EVERY_MS = 60_000;
const RETRY_MS = 10_000;
const SHARE_DAYS = 30;
const DAY_MICROS = 86_400e6;

export class Room {
  storage = $state.raw<StorageView | null>(null);
  /** Why there is nothing, or nothing new. */
  problem = $state.raw<Failure | null>(null);
  /** Of the last thirty days. */
  share = $state.raw<ShareView | null>(null);
  readonly #backend: Backend;
  readonly #now: () => number;
  #dueMs = -Infinity;
  #isAsking = false;

  constructor(backend: Backend, now: () => number) {
    this.#backend = backend;
    this.#now = now;
  }

  /** Asks when it is time. */
  tick(): void {
    if (performance.now() >= this.#dueMs) void this.refresh();
  }

  /** Asks now. */
  readonly refresh = async (): Promise<void> => {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const to = this.#now();
    const [storage, share] = await Promise.all([
      this.#backend.storage(),
      this.#backend.share({ from: to - SHARE_DAYS * DAY_MICROS, to }),
    ]);
    this.#isAsking = false;
    if (storage.ok) this.storage = storage.value;
    if (share.ok) this.share = share.value;
    this.problem = !storage.ok ? storage : !share.ok ? share : null;
    this.#dueMs = performance.now() + (this.problem === null ? EVERY_MS : RETRY_MS);
  };
}
