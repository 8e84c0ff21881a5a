/**
 * A recorder behind HTTP and WebSocket.
 *
 * Belongs here: routes and the live socket. Not here: how failures are told ({@link ./requests}), what
 * the answers mean. Invariant: nothing here throws; each call ends in a {@link Result}.
 */
import type { BackendAddress } from './address';
import type {
  Backend,
  EventFilter,
  FileAddress,
  InitSection,
  LiveConnection,
  LiveEvent,
  TimeRange,
  WhatIf,
} from './backend';
import { Requests } from './requests';
import { success, type Result } from './result';
import type {
  ActivityView,
  BookmarkCreate,
  BookmarkList,
  BookmarkView,
  CheckCreate,
  CheckView,
  DetectionList,
  DiscoveryView,
  EventList,
  EventsSeen,
  ExportCreate,
  ExportEstimate,
  ExportList,
  ExportVerified,
  ExportView,
  Forecast,
  FragmentList,
  HoldCreate,
  HoldList,
  HoldView,
  ProfileList,
  ProfilesQuery,
  RetentionPreview,
  ShareView,
  StorageSettings,
  StorageView,
  StreamCreate,
  StreamList,
  StreamUpdate,
  StreamView,
  SystemView,
  TimelineView,
  TrialCreate,
  TrialView,
} from './types';

/** What is asked every few seconds is answered soon, or the recorder is in trouble. */
const POLL_TIMEOUT_MS = 5_000;

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
  readonly #ask: Requests;
  readonly #poll: Requests;

  constructor(address: BackendAddress, pageOrigin: string) {
    this.#base = `${address.base}/api/v1`;
    this.#host = address.base;
    this.#token = address.token;
    this.label = (address.base || pageOrigin).replace(/^https?:\/\//, '');
    this.#ask = new Requests(this.#base, this.#token, this.label);
    this.#poll = this.#ask.within(POLL_TIMEOUT_MS);
  }

  system(signal?: AbortSignal): Promise<Result<SystemView>> {
    return this.#poll.json('GET', '/system', signal);
  }

  async streams(signal?: AbortSignal): Promise<Result<StreamView[]>> {
    const answer = await this.#poll.json<StreamList>('GET', '/streams', signal);
    return answer.ok ? success(answer.value.streams) : answer;
  }

  createStream(create: StreamCreate): Promise<Result<StreamView>> {
    return this.#ask.json('POST', '/streams', undefined, create);
  }

  updateStream(name: string, update: StreamUpdate, isConfirmed = false): Promise<Result<StreamView>> {
    return this.#ask.json('PATCH', `${stream(name)}${isConfirmed ? '?confirm=true' : ''}`, undefined, update);
  }

  deleteStream(name: string): Promise<Result<null>> {
    return this.#ask.none('DELETE', stream(name));
  }

  timeline(name: string, range: TimeRange, signal?: AbortSignal): Promise<Result<TimelineView>> {
    return this.#ask.json('GET', `${stream(name)}/timeline?${query(range)}`, signal);
  }

  fragments(
    name: string,
    range: TimeRange,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Result<FragmentList>> {
    return this.#ask.json('GET', `${stream(name)}/fragments?${query(range)}&limit=${limit}`, signal);
  }

  detections(
    name: string,
    range: TimeRange,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Result<DetectionList>> {
    return this.#ask.json('GET', `${stream(name)}/detections?${query(range)}&limit=${limit}`, signal);
  }

  async fragment(name: string, number: number, signal?: AbortSignal): Promise<Result<ArrayBuffer>> {
    const answer = await this.#ask.request('GET', `${stream(name)}/fragments/${number}`, signal);
    return answer.ok ? this.#ask.body(answer.value) : answer;
  }

  async initSection(name: string, segment: number, signal?: AbortSignal): Promise<Result<InitSection>> {
    const answer = await this.#ask.request('GET', `${stream(name)}/init/${segment}`, signal);
    if (!answer.ok) return answer;
    const mime = answer.value.headers.get('content-type') ?? '';
    const bytes = await this.#ask.body(answer.value);
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

  async thumbnail(
    name: string,
    atMicros: number,
    width: number,
    signal?: AbortSignal,
  ): Promise<Result<Blob>> {
    const at = encodeURIComponent(instant(atMicros));
    const path = `${stream(name)}/frame.jpg?at=${at}&nearest=key&width=${width}`;
    const answer = await this.#ask.request('GET', path, signal);
    if (!answer.ok) return answer;
    const bytes = await this.#ask.body(answer.value);
    return bytes.ok ? success(new Blob([bytes.value], { type: 'image/jpeg' })) : bytes;
  }

  activity(
    name: string,
    range: TimeRange,
    buckets: number,
    signal?: AbortSignal,
  ): Promise<Result<ActivityView>> {
    return this.#ask.json('GET', `${stream(name)}/activity?${query(range)}&buckets=${buckets}`, signal);
  }

  share(range: TimeRange, name?: string, signal?: AbortSignal): Promise<Result<ShareView>> {
    return this.#ask.json('GET', `/share?${query(range)}${given({ stream: name })}`, signal);
  }

  events(filter: EventFilter, signal?: AbortSignal): Promise<Result<EventList>> {
    const narrowed = given({
      streams: filter.streams?.join(','),
      kinds: filter.kinds?.join(','),
      labels: filter.labels?.join(','),
      unseen: filter.isUnseen,
      region: filter.region,
      limit: filter.limit,
    });
    return this.#ask.json('GET', `/events?${query(filter.range)}${narrowed}`, signal);
  }

  markEvents(seen: EventsSeen): Promise<Result<null>> {
    return this.#ask.none('POST', '/events/seen', seen);
  }

  bookmarks(range: TimeRange, signal?: AbortSignal): Promise<Result<BookmarkList>> {
    return this.#ask.json('GET', `/bookmarks?${query(range)}`, signal);
  }

  createBookmark(create: BookmarkCreate): Promise<Result<BookmarkView>> {
    return this.#ask.json('POST', '/bookmarks', undefined, create);
  }

  deleteBookmark(id: number): Promise<Result<null>> {
    return this.#ask.none('DELETE', `/bookmarks/${id}`);
  }

  holds(signal?: AbortSignal): Promise<Result<HoldList>> {
    return this.#ask.json('GET', '/holds', signal);
  }

  createHold(name: string, create: HoldCreate): Promise<Result<HoldView>> {
    return this.#ask.json('POST', `${stream(name)}/holds`, undefined, create);
  }

  deleteHold(name: string, id: number): Promise<Result<null>> {
    return this.#ask.none('DELETE', `${stream(name)}/holds/${id}`);
  }

  storage(signal?: AbortSignal): Promise<Result<StorageView>> {
    return this.#ask.json('GET', '/storage', signal);
  }

  setStorage(settings: StorageSettings): Promise<Result<StorageSettings>> {
    return this.#ask.json('PATCH', '/storage/settings', undefined, settings);
  }

  whatIf(change: WhatIf, signal?: AbortSignal): Promise<Result<Forecast>> {
    const asked = given({
      stream: change.stream,
      retention: change.retention,
      retain_bytes: change.retainBytes,
      bytes_per_hour: change.bytesPerHour,
    });
    return this.#ask.json('GET', `/storage/what-if?${asked.slice(1)}`, signal);
  }

  preview(name: string, update: StreamUpdate, signal?: AbortSignal): Promise<Result<RetentionPreview>> {
    return this.#ask.json('POST', `${stream(name)}/preview`, signal, update);
  }

  startCheck(create: CheckCreate): Promise<Result<CheckView>> {
    return this.#ask.json('POST', '/check', undefined, create);
  }

  check(signal?: AbortSignal): Promise<Result<CheckView>> {
    return this.#ask.json('GET', '/check', signal);
  }

  cancelCheck(): Promise<Result<null>> {
    return this.#ask.none('DELETE', '/check');
  }

  discover(signal?: AbortSignal): Promise<Result<DiscoveryView>> {
    return this.#ask.json('GET', '/discovery', signal);
  }

  profiles(query: ProfilesQuery, signal?: AbortSignal): Promise<Result<ProfileList>> {
    return this.#ask.json('POST', '/discovery/profiles', signal, query);
  }

  tryOut(create: TrialCreate, signal?: AbortSignal): Promise<Result<TrialView>> {
    return this.#ask.json('POST', '/trials', signal, create);
  }

  async exports(signal?: AbortSignal): Promise<Result<ExportView[]>> {
    const answer = await this.#ask.json<ExportList>('GET', '/exports', signal);
    return answer.ok ? success(answer.value.exports) : answer;
  }

  estimateExport(create: ExportCreate, signal?: AbortSignal): Promise<Result<ExportEstimate>> {
    return this.#ask.json('POST', '/exports/estimate', signal, create);
  }

  createExport(create: ExportCreate): Promise<Result<ExportView>> {
    return this.#ask.json('POST', '/exports', undefined, create);
  }

  deleteExport(id: number): Promise<Result<null>> {
    return this.#ask.none('DELETE', `/exports/${id}`);
  }

  verifyExport(id: number): Promise<Result<ExportVerified>> {
    return this.#ask.patient.json('POST', `/exports/${id}/verify`);
  }

  exportAddress(id: number, file: string): FileAddress {
    return { href: `${this.#base}${exportFile(id, file)}`, isLink: this.#token === null };
  }

  async exportFile(id: number, file: string): Promise<Result<Blob>> {
    const answer = await this.#ask.patient.request('GET', exportFile(id, file));
    if (!answer.ok) return answer;
    try {
      return success(await answer.value.blob());
    } catch (error) {
      return this.#ask.broken(error);
    }
  }

  async signIn(token: string): Promise<Result<null>> {
    const answer = await this.#ask.send(`${this.#host}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    return answer.ok ? success(null) : answer;
  }
}

const stream = (name: string): string => `/streams/${encodeURIComponent(name)}`;

const exportFile = (id: number, file: string): string => `/exports/${id}/files/${encodeURIComponent(file)}`;

const query = (range: TimeRange): string =>
  `from=${encodeURIComponent(instant(range.from))}&to=${encodeURIComponent(instant(range.to))}`;

/** `&name=value` for each that is given. */
const given = (fields: Readonly<Record<string, string | number | boolean | undefined>>): string =>
  Object.entries(fields)
    .flatMap(([name, value]) => (value === undefined ? [] : [`&${name}=${encodeURIComponent(value)}`]))
    .join('');

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
