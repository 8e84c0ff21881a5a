/**
 * A recorder behind HTTP and WebSocket.
 *
 * Belongs here: routes, headers, how failures of the network are told. Not here: what the answers
 * mean. Invariant: nothing here throws; each call ends in a {@link Result}.
 */
import type { BackendAddress } from './address';
import type { Backend, Clip, InitSection, LiveConnection, LiveEvent, TimeRange } from './backend';
import { failure, failureCode, success, type Failure, type Result } from './result';
import type {
  DetectionList,
  FragmentList,
  StreamCreate,
  StreamList,
  StreamUpdate,
  StreamView,
  SystemView,
  TimelineView,
} from './types';

const ANSWER_TIMEOUT_MS = 15_000;

/** RFC 3339 with all six digits, because frames are found by them. */
export function instant(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const fraction = String(Math.round(micros - seconds * 1e6)).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

export class HttpBackend implements Backend {
  readonly label: string;
  readonly #base: string;
  readonly #token: string | null;
  readonly #host: string;

  constructor(address: BackendAddress, pageOrigin: string) {
    this.#base = `${address.base}/api/v1`;
    this.#host = address.base;
    this.#token = address.token;
    this.label = (address.base || pageOrigin).replace(/^https?:\/\//, '');
  }

  system(signal?: AbortSignal): Promise<Result<SystemView>> {
    return this.#json('GET', '/system', signal);
  }

  async streams(signal?: AbortSignal): Promise<Result<StreamView[]>> {
    const answer = await this.#json<StreamList>('GET', '/streams', signal);
    return answer.ok ? success(answer.value.streams) : answer;
  }

  createStream(create: StreamCreate): Promise<Result<StreamView>> {
    return this.#json('POST', '/streams', undefined, create);
  }

  updateStream(name: string, update: StreamUpdate): Promise<Result<StreamView>> {
    return this.#json('PATCH', stream(name), undefined, update);
  }

  async deleteStream(name: string): Promise<Result<null>> {
    const answer = await this.#request('DELETE', stream(name));
    return answer.ok ? success(null) : answer;
  }

  timeline(name: string, range: TimeRange, signal?: AbortSignal): Promise<Result<TimelineView>> {
    return this.#json('GET', `${stream(name)}/timeline?${query(range)}`, signal);
  }

  fragments(
    name: string,
    range: TimeRange,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Result<FragmentList>> {
    return this.#json('GET', `${stream(name)}/fragments?${query(range)}&limit=${limit}`, signal);
  }

  detections(
    name: string,
    range: TimeRange,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Result<DetectionList>> {
    return this.#json('GET', `${stream(name)}/detections?${query(range)}&limit=${limit}`, signal);
  }

  async fragment(name: string, number: number, signal?: AbortSignal): Promise<Result<ArrayBuffer>> {
    const answer = await this.#request('GET', `${stream(name)}/fragments/${number}`, signal);
    return answer.ok ? this.#body(answer.value) : answer;
  }

  async initSection(name: string, segment: number, signal?: AbortSignal): Promise<Result<InitSection>> {
    const answer = await this.#request('GET', `${stream(name)}/init/${segment}`, signal);
    if (!answer.ok) return answer;
    const mime = answer.value.headers.get('content-type') ?? '';
    const bytes = await this.#body(answer.value);
    return bytes.ok ? success({ mime, bytes: bytes.value }) : bytes;
  }

  live(name: string, listen: (event: LiveEvent) => void): LiveConnection {
    const address = new URL(`${this.#base}${stream(name)}/live`, globalThis.location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const protocols = this.#token === null ? [] : ['afterimage', `bearer.${this.#token}`];
    const socket = new WebSocket(address, protocols);
    socket.binaryType = 'arraybuffer';
    let open = true;
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (!open) return;
      if (message.data instanceof ArrayBuffer) listen({ type: 'message', bytes: message.data });
      else if (typeof message.data === 'string') {
        const event = liveText(message.data);
        if (event !== null) listen(event);
      }
    };
    socket.onclose = () => {
      if (!open) return;
      open = false;
      listen({ type: 'closed', code: 'unreachable' });
    };
    return {
      close: () => {
        open = false;
        socket.close();
      },
    };
  }

  async clip(name: string, range: TimeRange, progress?: (bytes: number) => void): Promise<Result<Clip>> {
    const path = `${stream(name)}/clip.mp4?${query(range)}`;
    if (this.#token === null) {
      // The browser itself saves it: no limit but the disk's. Ask first, so that a refusal is told.
      const head = await this.#request('HEAD', path);
      return head.ok ? success({ type: 'address', href: `${this.#base}${path}` }) : head;
    }
    const answer = await this.#request('GET', path);
    if (!answer.ok) return answer;
    const reader = answer.value.body?.getReader();
    if (reader === undefined) return failure('internal', 'The clip came without a body.');
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let received = 0;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        parts.push(value);
        received += value.byteLength;
        progress?.(received);
      }
    } catch (error) {
      return this.#broken(error);
    }
    return success({ type: 'file', file: new Blob(parts, { type: 'video/mp4' }) });
  }

  async signIn(token: string): Promise<Result<null>> {
    const answer = await this.#send(`${this.#host}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    return answer.ok ? success(null) : answer;
  }

  async #json<Value>(
    method: string,
    path: string,
    signal?: AbortSignal,
    body?: unknown,
  ): Promise<Result<Value>> {
    const answer = await this.#request(method, path, signal, body);
    if (!answer.ok) return answer;
    try {
      return success((await answer.value.json()) as Value);
    } catch (error) {
      return this.#broken(error);
    }
  }

  async #body(answer: Response): Promise<Result<ArrayBuffer>> {
    try {
      return success(await answer.arrayBuffer());
    } catch (error) {
      return this.#broken(error);
    }
  }

  #request(method: string, path: string, signal?: AbortSignal, body?: unknown): Promise<Result<Response>> {
    const headers: Record<string, string> = {};
    if (this.#token !== null) headers['authorization'] = `Bearer ${this.#token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    return this.#send(`${this.#base}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #send(address: string, request: RequestInit): Promise<Result<Response>> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), ANSWER_TIMEOUT_MS);
    const signal = request.signal ? AbortSignal.any([request.signal, patience.signal]) : patience.signal;
    try {
      const answer = await fetch(address, { ...request, signal, credentials: 'same-origin' });
      return answer.ok ? success(answer) : await refusal(answer);
    } catch (error) {
      if (request.signal?.aborted) return failure('aborted', 'No longer wanted.');
      if (patience.signal.aborted) {
        return failure(
          'unreachable',
          `The recorder at ${this.label} did not answer for ${ANSWER_TIMEOUT_MS / 1000} s.`,
        );
      }
      return this.#broken(error);
    } finally {
      clearTimeout(timer);
    }
  }

  #broken(error: unknown): Failure {
    if (error instanceof DOMException && error.name === 'AbortError')
      return failure('aborted', 'No longer wanted.');
    return failure('unreachable', `The recorder at ${this.label} can't be reached.`);
  }
}

const stream = (name: string): string => `/streams/${encodeURIComponent(name)}`;

const query = (range: TimeRange): string =>
  `from=${encodeURIComponent(instant(range.from))}&to=${encodeURIComponent(instant(range.to))}`;

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
    typeof message === 'string' && message !== '' ? message : `The recorder answered ${answer.status}.`;
  return failure(failureCode(code, answer.status), text);
}

function liveText(text: string): LiveEvent | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof message !== 'object' || message === null || !('type' in message)) return null;
  const field = (name: string): string => {
    const value: unknown = (message as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : '';
  };
  if (message.type === 'init') return { type: 'mime', mime: field('mime') };
  if (message.type === 'state') return { type: 'state', state: field('state'), detail: field('detail') };
  return null;
}
