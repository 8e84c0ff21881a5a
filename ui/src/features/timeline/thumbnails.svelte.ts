/**
 * Small pictures of what lies under the pointer.
 *
 * Belongs here: waiting until the pointer rests, giving up what is no longer wanted, keeping a few.
 * Not here: where they stand. Invariant: a recorder that makes none costs one question a minute.
 */
import type { Backend } from '$backend/backend';

const REST_MS = 70;
const MOST_KEPT = 160;
const WIDTH = 192;
const QUIET_MS = 60_000;

export interface Thumbnail {
  readonly key: string;
  readonly address: string;
}

export class Thumbnails {
  current = $state.raw<Thumbnail | null>(null);
  readonly #backend: Backend;
  /** Oldest first; an address lives as long as it is in here. */
  readonly #kept = new Map<string, string>();
  #request: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #wanted: string | null = null;
  #quietUntilMs = -Infinity;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** The picture at an instant, sooner or later; instants within `grain` share one. */
  want(stream: string, atMicros: number, grainMicros: number): void {
    const at = Math.floor(atMicros / grainMicros) * grainMicros + grainMicros / 2;
    const key = `${stream} ${at}`;
    if (key === this.#wanted) return;
    this.clear();
    this.#wanted = key;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.current = { key, address: kept };
      return;
    }
    if (performance.now() < this.#quietUntilMs) return;
    this.#timer = setTimeout(() => void this.#fetch(key, stream, at), REST_MS);
  }

  clear(): void {
    this.#wanted = null;
    this.#request?.abort();
    this.#request = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.current = null;
  }

  dispose(): void {
    this.clear();
    for (const address of this.#kept.values()) URL.revokeObjectURL(address);
    this.#kept.clear();
  }

  async #fetch(key: string, stream: string, atMicros: number): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    const answer = await this.#backend.thumbnail(stream, atMicros, WIDTH, request.signal);
    if (!answer.ok) {
      // Nothing there, or nobody who makes pictures: the time and the reason have to do.
      if (answer.code === 'internal' || answer.code === 'unavailable')
        this.#quietUntilMs = performance.now() + QUIET_MS;
      return;
    }
    const address = URL.createObjectURL(answer.value);
    this.#kept.set(key, address);
    for (const [oldest, old] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) break;
      URL.revokeObjectURL(old);
      this.#kept.delete(oldest);
    }
    if (this.#wanted === key) this.current = { key, address };
  }
}
