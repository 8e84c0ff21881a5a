/** Looking for cameras: one look at a time, and what the last one found. */
import type { Backend } from '$backend/backend';
import type { DiscoveryView } from '$backend/types';

export class Discovery {
  found = $state.raw<DiscoveryView | null>(null);
  /** Why it could not look. */
  refusal = $state<string | null>(null);
  isLooking = $state(false);
  readonly #backend: Backend;
  #request: AbortController | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Why cameras on the network may be missing from what was found. */
  get networkNotes(): readonly string[] {
    return this.found?.notes ?? [];
  }

  /** The same of what is plugged in. */
  get webcamNotes(): readonly string[] {
    return this.found?.webcam_notes ?? [];
  }

  async look(): Promise<void> {
    this.stop();
    const mine = new AbortController();
    this.#request = mine;
    this.isLooking = true;
    const answer = await this.#backend.discover(mine.signal);
    if (mine.signal.aborted) return;
    this.isLooking = false;
    if (answer.ok) this.found = answer.value;
    this.refusal = answer.ok ? null : answer.message;
  }

  stop(): void {
    this.#request?.abort();
    this.#request = null;
    this.isLooking = false;
  }
}
