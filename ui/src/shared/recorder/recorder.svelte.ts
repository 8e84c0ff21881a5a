/**
 * What the recorder says of itself and its streams, kept fresh.
 *
 * Belongs here: asking again and again, and whether it answers at all. Not here: footage.
 */
import type { Backend } from '$backend/backend';
import type { Failure, Result } from '$backend/result';
import type { StreamCreate, StreamUpdate, StreamView, SystemView } from '$backend/types';
import { microsOf } from '$shared/time/format';
import { browserMicros, RecorderClock } from './recorder_clock';

export type Reach = 'connecting' | 'online' | 'unreachable' | 'signed_out';

const STREAMS_EVERY_MS = 2_000;
const SYSTEM_EVERY_MS = 10_000;
const RETRY_MS = 3_000;
/** An answer that is later than this is worth a word. */
const LATE_MS = 1_000;

export class Recorder {
  readonly backend: Backend;
  readonly clock = new RecorderClock();
  reach = $state<Reach>('connecting');
  problem = $state.raw<Failure | null>(null);
  system = $state.raw<SystemView | null>(null);
  streams = $state.raw<readonly StreamView[]>([]);
  /** Whether it has ever said which streams there are. */
  areStreamsKnown = $state(false);
  /** When it is asked again after a failure, by `performance.now()`. */
  retryAtMs = $state<number | null>(null);
  #timer: ReturnType<typeof setTimeout> | null = null;
  #systemAtMs = -Infinity;
  #isAsking = false;
  /** Since when the present question waits for its answer. */
  #askedAtMs: number | null = null;
  #stopped = false;
  readonly #answered: () => void;

  /** `answered` is called after each answer, and where none came. */
  constructor(backend: Backend, answered: () => void) {
    this.backend = backend;
    this.#answered = answered;
  }

  /** Until the first answer, or until it is known that none comes. */
  start(): Promise<void> {
    this.#stopped = false;
    return this.refresh();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  stream(name: string): StreamView | null {
    return this.streams.find((stream) => stream.name === name) ?? null;
  }

  /** It does not answer, or not as soon as it should; by `performance.now()`. */
  isSilent(nowMs: number): boolean {
    const isLate = this.#askedAtMs !== null && nowMs - this.#askedAtMs > LATE_MS;
    return this.reach === 'unreachable' || isLate;
  }

  /** Asks now rather than when it is time. */
  readonly refresh = async (): Promise<void> => {
    if (this.#isAsking) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#isAsking = true;
    const isSystemDue = performance.now() - this.#systemAtMs > SYSTEM_EVERY_MS;
    this.#askedAtMs = performance.now();
    const answers = await Promise.all([isSystemDue ? this.#askSystem() : null, this.#askStreams()]);
    const failed = answers.find((answer) => answer !== null) ?? null;
    this.#askedAtMs = null;
    this.#isAsking = false;
    this.#settle(failed);
    this.#answered();
    if (this.#stopped || this.reach === 'signed_out') return;
    const delay = failed === null ? STREAMS_EVERY_MS : RETRY_MS;
    this.retryAtMs = failed === null ? null : performance.now() + delay;
    this.#timer = setTimeout(() => void this.refresh(), delay);
  };

  async create(create: StreamCreate): Promise<Result<StreamView>> {
    return this.#changed(await this.backend.createStream(create));
  }

  async update(name: string, update: StreamUpdate): Promise<Result<StreamView>> {
    return this.#changed(await this.backend.updateStream(name, update));
  }

  async delete(name: string): Promise<Result<null>> {
    return this.#changed(await this.backend.deleteStream(name));
  }

  async signIn(token: string): Promise<Result<null>> {
    const answer = await this.backend.signIn(token);
    if (answer.ok) {
      this.reach = 'connecting';
      await this.refresh();
    }
    return answer;
  }

  #changed<Value>(answer: Result<Value>): Result<Value> {
    if (answer.ok) void this.refresh();
    return answer;
  }

  async #askSystem(): Promise<Failure | null> {
    const asked = browserMicros();
    const answer = await this.backend.system();
    if (!answer.ok) return answer;
    this.clock.take(microsOf(answer.value.now), asked, browserMicros());
    this.system = answer.value;
    this.#systemAtMs = performance.now();
    return null;
  }

  async #askStreams(): Promise<Failure | null> {
    const answer = await this.backend.streams();
    if (!answer.ok) return answer;
    this.streams = answer.value;
    this.areStreamsKnown = true;
    return null;
  }

  #settle(failed: Failure | null): void {
    this.problem = failed;
    if (failed === null) this.reach = 'online';
    else if (failed.code === 'unauthenticated') this.reach = 'signed_out';
    else {
      this.reach = 'unreachable';
      // The next answer brings the clock up to date first.
      this.#systemAtMs = -Infinity;
    }
  }
}
