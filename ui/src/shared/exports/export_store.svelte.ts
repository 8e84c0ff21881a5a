/**
 * The recorder's exports: asked for once, and then again only while one is under way.
 *
 * Belongs here: the list and what can be done with an entry. Not here: dialogues, words.
 * Invariant: the list is the recorder's; nothing is kept in the browser, so a reload loses nothing.
 */
import type { Backend } from '$backend/backend';
import type { Failure, Result } from '$backend/result';
import type { ExportCreate, ExportEstimate, ExportVerified, ExportView } from '$backend/types';

const EVERY_MS = 1_000;
const RETRY_MS = 5_000;

export const isUnderWay = ({ state }: ExportView): boolean => state === 'waiting' || state === 'running';

/** How far all that is under way has come, 0 to 1; null when nothing is. */
export function overallProgress(exports: readonly ExportView[]): number | null {
  const underWay = exports.filter(isUnderWay);
  if (underWay.length === 0) return null;
  return underWay.reduce((sum, { progress }) => sum + progress, 0) / underWay.length;
}

/** Those that were under way before and have come to an end. */
export function ended(before: readonly ExportView[], after: readonly ExportView[]): readonly ExportView[] {
  const ran = new Set(before.filter(isUnderWay).map(({ id }) => id));
  return after.filter((one) => ran.has(one.id) && !isUnderWay(one));
}

export class ExportStore {
  /** The newest first. */
  exports = $state.raw<readonly ExportView[]>([]);
  /** Why there is nothing, or nothing new. */
  problem = $state.raw<Failure | null>(null);
  readonly progress = $derived(overallProgress(this.exports));
  readonly running = $derived(this.exports.filter(isUnderWay).length);
  /** Done, and nobody has looked since. */
  fresh = $state.raw<ReadonlySet<number>>(new Set());
  /** Hears of each that comes to an end while this page is open. */
  onended: ((one: ExportView) => void) | null = null;
  readonly #backend: Backend;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #asking: Promise<void> | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Asks now; who asks meanwhile gets the same answer. */
  readonly refresh = (): Promise<void> => {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  };

  estimate(create: ExportCreate, signal: AbortSignal): Promise<Result<ExportEstimate>> {
    return this.#backend.estimateExport(create, signal);
  }

  async start(create: ExportCreate): Promise<Result<ExportView>> {
    const answer = await this.#backend.createExport(create);
    if (answer.ok) {
      this.exports = [answer.value, ...this.exports.filter(({ id }) => id !== answer.value.id)];
      this.#again(EVERY_MS);
    }
    return answer;
  }

  /** Cancels it if it is under way; its files go with it. */
  async remove(id: number): Promise<Result<null>> {
    const answer = await this.#backend.deleteExport(id);
    // One that is gone already is what was wanted.
    if (answer.ok || answer.code === 'not_found') {
      this.exports = this.exports.filter((one) => one.id !== id);
    }
    return answer;
  }

  verify(id: number): Promise<Result<ExportVerified>> {
    return this.#backend.verifyExport(id);
  }

  seen(): void {
    this.fresh = new Set();
  }

  async #ask(): Promise<void> {
    this.stop();
    const answer = await this.#backend.exports();
    if (answer.ok) {
      const news = ended(this.exports, answer.value);
      this.exports = answer.value;
      this.problem = null;
      if (news.length > 0) this.fresh = new Set([...this.fresh, ...news.map(({ id }) => id)]);
      for (const one of news) this.onended?.(one);
    } else {
      this.problem = answer;
    }
    if (this.running > 0) this.#again(answer.ok ? EVERY_MS : RETRY_MS);
  }

  #again(delayMs: number): void {
    this.stop();
    this.#timer = setTimeout(() => void this.refresh(), delayMs);
  }
}
