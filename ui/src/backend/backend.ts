/**
 * The port to a recorder: everything that the console may ask of it.
 *
 * Belongs here: the shape of the questions. Not here: HTTP ({@link ./http}), state, pictures.
 */
import type { Result } from './result';
import type {
  DetectionList,
  FragmentList,
  StreamCreate,
  StreamUpdate,
  StreamView,
  SystemView,
  TimelineView,
} from './types';

/** Half-open, in microseconds since 1970. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export interface InitSection {
  readonly mime: string;
  readonly bytes: ArrayBuffer;
}

/** What the live connection tells. After `closed` nothing follows. */
export type LiveEvent =
  | { readonly type: 'mime'; readonly mime: string }
  | { readonly type: 'message'; readonly bytes: ArrayBuffer }
  | { readonly type: 'state'; readonly state: string; readonly detail: string }
  | { readonly type: 'closed'; readonly code: 'unreachable' | 'unauthenticated' | 'not_found' };

export interface LiveConnection {
  close(): void;
}

/** Where the browser can take a clip from: an address of our own origin, or the bytes themselves. */
export type Clip =
  { readonly type: 'address'; readonly href: string } | { readonly type: 'file'; readonly file: Blob };

export interface Backend {
  /** What a person would call it: a host, or an address. */
  readonly label: string;
  system(signal?: AbortSignal): Promise<Result<SystemView>>;
  streams(signal?: AbortSignal): Promise<Result<StreamView[]>>;
  createStream(create: StreamCreate): Promise<Result<StreamView>>;
  updateStream(name: string, update: StreamUpdate): Promise<Result<StreamView>>;
  deleteStream(name: string): Promise<Result<null>>;
  timeline(name: string, range: TimeRange, signal?: AbortSignal): Promise<Result<TimelineView>>;
  fragments(
    name: string,
    range: TimeRange,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Result<FragmentList>>;
  fragment(name: string, number: number, signal?: AbortSignal): Promise<Result<ArrayBuffer>>;
  initSection(name: string, segment: number, signal?: AbortSignal): Promise<Result<InitSection>>;
  detections(
    name: string,
    range: TimeRange,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Result<DetectionList>>;
  live(name: string, listen: (event: LiveEvent) => void): LiveConnection;
  clip(name: string, range: TimeRange, progress?: (bytes: number) => void): Promise<Result<Clip>>;
  signIn(token: string): Promise<Result<null>>;
}
