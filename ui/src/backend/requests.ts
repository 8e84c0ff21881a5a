/**
 * Asking over HTTP: the token, patience, and how refusals and failures of the network are told.
 *
 * Belongs here: what all calls share. Not here: routes ({@link ./http}).
 * Invariant: nothing here throws; each call ends in a {@link Result}.
 */
import { failure, failureCode, success, withoutNumber, type Failure, type Result } from './result';

const ANSWER_TIMEOUT_MS = 15_000;

export class Requests {
  readonly #base: string;
  readonly #token: string | null;
  readonly #label: string;
  readonly #patienceMs: number | null;

  /** Paths follow `base`; `label` is what a person calls the recorder. Null waits as long as it takes. */
  constructor(
    base: string,
    token: string | null,
    label: string,
    patienceMs: number | null = ANSWER_TIMEOUT_MS,
  ) {
    this.#base = base;
    this.#token = token;
    this.#label = label;
    this.#patienceMs = patienceMs;
  }

  /** The same, for what takes as long as it takes. */
  get patient(): Requests {
    return this.within(null);
  }

  /** The same with another patience. */
  within(patienceMs: number | null): Requests {
    return new Requests(this.#base, this.#token, this.#label, patienceMs);
  }

  async json<Value>(
    method: string,
    path: string,
    signal?: AbortSignal,
    body?: unknown,
  ): Promise<Result<Value>> {
    const answer = await this.request(method, path, signal, body);
    if (!answer.ok) return answer;
    try {
      return success((await answer.value.json()) as Value);
    } catch (error) {
      return this.broken(error);
    }
  }

  /** For what answers without a body. */
  async none(method: string, path: string, body?: unknown): Promise<Result<null>> {
    const answer = await this.request(method, path, undefined, body);
    return answer.ok ? success(null) : answer;
  }

  async body(answer: Response): Promise<Result<ArrayBuffer>> {
    try {
      return success(await answer.arrayBuffer());
    } catch (error) {
      return this.broken(error);
    }
  }

  request(method: string, path: string, signal?: AbortSignal, body?: unknown): Promise<Result<Response>> {
    const headers: Record<string, string> = {};
    if (this.#token !== null) headers['authorization'] = `Bearer ${this.#token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    return this.send(`${this.#base}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async send(address: string, request: RequestInit): Promise<Result<Response>> {
    const patience = new AbortController();
    const waitMs = this.#patienceMs;
    const timer = waitMs === null ? undefined : setTimeout(() => patience.abort(), waitMs);
    const signal = request.signal ? AbortSignal.any([request.signal, patience.signal]) : patience.signal;
    try {
      const answer = await fetch(address, { ...request, signal, credentials: 'same-origin' });
      return answer.ok ? success(answer) : await refusal(answer);
    } catch (error) {
      if (request.signal?.aborted) return failure('aborted', 'No longer wanted.');
      if (patience.signal.aborted && waitMs !== null) {
        const message = `The recorder at ${this.#label} did not answer for ${waitMs / 1000} s.`;
        return failure('unreachable', message);
      }
      return this.broken(error);
    } finally {
      clearTimeout(timer);
    }
  }

  broken(error: unknown): Failure {
    if (error instanceof DOMException && error.name === 'AbortError')
      return failure('aborted', 'No longer wanted.');
    return failure('unreachable', `The recorder at ${this.#label} can't be reached.`);
  }
}

async function refusal(answer: Response): Promise<Failure> {
  let code: unknown;
  let message: unknown;
  try {
    const body = (await answer.json()) as { code?: unknown; message?: unknown } | null;
    code = body?.code;
    message = body?.message;
  } catch {
    // Not the recorder's own answer; the status has to do.
  }
  const text =
    typeof message === 'string' && message !== ''
      ? withoutNumber(message)
      : `The recorder answered ${answer.status}.`;
  return failure(failureCode(code, answer.status), text);
}
