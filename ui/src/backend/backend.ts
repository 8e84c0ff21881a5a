/**
 * The port to a recorder: everything that the console may ask of it.
 *
 * Belongs here: the shape of the questions. Not here: HTTP ({@link ./http}), state, pictures.
 */
import type { Result } from './result';
import type {
  ActivityView,
  BookmarkCreate,
  BookmarkList,
  BookmarkView,
  CheckCreate,
  CheckView,
  DetectionList,
  DiscoveryView,
  EventKind,
  EventList,
  EventsSeen,
  ExportCreate,
  ExportEstimate,
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
  StreamUpdate,
  StreamView,
  SystemView,
  TimelineView,
  TrialCreate,
  TrialView,
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

/** Which events; what is absent does not narrow. */
export interface EventFilter {
  readonly range: TimeRange;
  readonly streams?: readonly string[];
  readonly kinds?: readonly EventKind[];
  readonly labels?: readonly string[];
  readonly isUnseen?: boolean;
  /** Only what was seen in this part of the picture: `x,y,width,height` in shares of it. */
  readonly region?: string;
  readonly limit?: number;
}

/** What the room would do if this were so; what is absent stays as it is. */
export interface WhatIf {
  readonly stream?: string;
  /** `90d` */
  readonly retention?: string;
  readonly retainBytes?: number;
  readonly bytesPerHour?: number;
}

/** Where a file of the recorder is. */
export interface FileAddress {
  readonly href: string;
  /** Whether a plain link carries the session: otherwise the bytes have to be asked for. */
  readonly isLink: boolean;
}

export interface Backend {
  /** What a person would call it: a host, or an address. */
  readonly label: string;
  system(signal?: AbortSignal): Promise<Result<SystemView>>;
  streams(signal?: AbortSignal): Promise<Result<StreamView[]>>;
  createStream(create: StreamCreate): Promise<Result<StreamView>>;
  /** A change that deletes footage is refused with `confirm` until it is `isConfirmed`. */
  updateStream(name: string, update: StreamUpdate, isConfirmed?: boolean): Promise<Result<StreamView>>;
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
  /** A picture of the key frame at or before an instant, no wider than `width` pixels. */
  thumbnail(name: string, atMicros: number, width: number, signal?: AbortSignal): Promise<Result<Blob>>;
  /** Sums over at most `buckets` equal pieces of the range. */
  activity(
    name: string,
    range: TimeRange,
    buckets: number,
    signal?: AbortSignal,
  ): Promise<Result<ActivityView>>;
  /** How much of what should have been recorded is there; of all streams without a name. */
  share(range: TimeRange, name?: string, signal?: AbortSignal): Promise<Result<ShareView>>;
  events(filter: EventFilter, signal?: AbortSignal): Promise<Result<EventList>>;
  markEvents(seen: EventsSeen): Promise<Result<null>>;
  bookmarks(range: TimeRange, signal?: AbortSignal): Promise<Result<BookmarkList>>;
  createBookmark(create: BookmarkCreate): Promise<Result<BookmarkView>>;
  deleteBookmark(id: number): Promise<Result<null>>;
  holds(signal?: AbortSignal): Promise<Result<HoldList>>;
  createHold(name: string, create: HoldCreate): Promise<Result<HoldView>>;
  deleteHold(name: string, id: number): Promise<Result<null>>;
  storage(signal?: AbortSignal): Promise<Result<StorageView>>;
  setStorage(settings: StorageSettings): Promise<Result<StorageSettings>>;
  whatIf(change: WhatIf, signal?: AbortSignal): Promise<Result<Forecast>>;
  /** What a change of a stream would delete, without doing it. */
  preview(name: string, update: StreamUpdate, signal?: AbortSignal): Promise<Result<RetentionPreview>>;
  startCheck(create: CheckCreate): Promise<Result<CheckView>>;
  check(signal?: AbortSignal): Promise<Result<CheckView>>;
  cancelCheck(): Promise<Result<null>>;
  /** What answers on the recorder's networks and is plugged into it; takes some seconds. */
  discover(signal?: AbortSignal): Promise<Result<DiscoveryView>>;
  profiles(query: ProfilesQuery, signal?: AbortSignal): Promise<Result<ProfileList>>;
  /** Connects to a source for some seconds, without recording it. */
  tryOut(create: TrialCreate, signal?: AbortSignal): Promise<Result<TrialView>>;
  /** The newest first. */
  exports(signal?: AbortSignal): Promise<Result<ExportView[]>>;
  estimateExport(create: ExportCreate, signal?: AbortSignal): Promise<Result<ExportEstimate>>;
  createExport(create: ExportCreate): Promise<Result<ExportView>>;
  /** Cancels it if it runs, and removes its files. */
  deleteExport(id: number): Promise<Result<null>>;
  /** Reads every file again: as long as that takes. */
  verifyExport(id: number): Promise<Result<ExportVerified>>;
  exportAddress(id: number, file: string): FileAddress;
  exportFile(id: number, file: string): Promise<Result<Blob>>;
  signIn(token: string): Promise<Result<null>>;
}
