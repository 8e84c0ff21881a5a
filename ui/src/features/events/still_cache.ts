/**
 * Pictures of events, by camera and instant: asked for once, for the cards and for the larger ones beside them.
 *
 * Not here: which instants ({@link ./still_times}), when they are wanted.
 * Invariants: at most {@link MOST_KEPT} are kept, and what is let go is revoked; cards have no more than
 * {@link MOST_AT_ONCE} questions under way; a recorder that makes none costs one question a minute.
 */
import type { Backend } from '$backend/backend';
import { failure, success, type Failure, type Result } from '$backend/result';

const MOST_KEPT = 200;
const MOST_AT_ONCE = 2;
const QUIET_MS = 60_000;
const WIDTH = 480;

export class StillCache {
  readonly #backend: Backend;
  /** The address of each; the one that was wanted longest ago is the first. */
  readonly #kept = new Map<string, string>();
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;
  #quiet: { readonly untilMs: number; readonly because: Failure } | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Its address, as long as it is kept. */
  async want(stream: string, atMicros: number, signal: AbortSignal): Promise<Result<string>> {
    const key = `${stream} ${atMicros}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return success(kept);
    }
    if (this.#quiet !== null && performance.now() < this.#quiet.untilMs) return this.#quiet.because;
    const answer = await this.#backend.thumbnail(stream, atMicros, WIDTH, signal);
    if (!answer.ok) {
      if (answer.code === 'internal' || answer.code === 'unavailable')
        this.#quiet = { untilMs: performance.now() + QUIET_MS, because: answer };
      return answer;
    }
    const address = this.#kept.get(key) ?? URL.createObjectURL(answer.value);
    this.#kept.set(key, address);
    this.#letGo();
    return success(address);
  }

  /** The same, when it is its turn: what is pointed at or played comes first. */
  async wantInTurn(stream: string, atMicros: number, signal: AbortSignal): Promise<Result<string>> {
    if (this.#underWay < MOST_AT_ONCE) this.#underWay += 1;
    // Who has done hands the turn on.
    else await new Promise<void>((turn) => this.#waiting.push(turn));
    const answer = signal.aborted
      ? failure('aborted', 'No longer wanted.')
      : await this.want(stream, atMicros, signal);
    const next = this.#waiting.shift();
    if (next === undefined) this.#underWay -= 1;
    else next();
    return answer;
  }

  close(): void {
    for (const address of this.#kept.values()) URL.revokeObjectURL(address);
    this.#kept.clear();
  }

  #letGo(): void {
    for (const [key, address] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) return;
      URL.revokeObjectURL(address);
      this.#kept.delete(key);
    }
  }
}
