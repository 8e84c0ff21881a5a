/**
 * The wire types of the recorder's API, under the names that the console uses.
 *
 * Belongs here: names. Not here: anything that a browser does with them.
 */

/** An instant on the wire: RFC 3339 in UTC. */
export type Instant = string;

export type StreamState = 'recording' | 'connecting' | 'retrying' | 'waiting' | 'stopped' | 'offline';

export interface Fault {
  /** A gap reason: `camera_unreachable`, `authentication_failed`, … */
  code: string;
  detail: string;
  since: Instant;
  retry_at?: Instant | null;
}

export interface TrackView {
  kind: string;
  codec: string;
  width?: number | null;
  height?: number | null;
  sample_rate?: number | null;
  channels?: number | null;
}

export interface CaptureView {
  backend?: string | null;
  forced: boolean;
  because: string;
  transport: string;
}

export interface LiveFigures {
  frames_per_second: number;
  bits_per_second: number;
  skipped: number;
  connections: number;
}

export interface Recorded {
  first?: Instant | null;
  last?: Instant | null;
  bytes: number;
  fragments: number;
}

export interface StreamView {
  name: string;
  source?: string | null;
  state: StreamState;
  fault?: Fault | null;
  retention: string;
  enabled: boolean;
  capture: CaptureView;
  tracks: TrackView[];
  figures: LiveFigures;
  recorded: Recorded;
  models: string[];
  created: Instant;
}

export interface StreamList {
  streams: StreamView[];
}

export interface StreamCreate {
  name: string;
  source?: string | null;
  retention?: string | null;
  capture?: string | null;
  transport?: string | null;
  models?: string[] | null;
}

export interface StreamUpdate {
  source?: string | null;
  retention?: string | null;
  capture?: string | null;
  transport?: string | null;
  models?: string[] | null;
  enabled?: boolean | null;
}

export interface RangeView {
  from: Instant;
  to: Instant;
  fragments: number;
  bytes: number;
}

export interface GapView {
  from: Instant;
  to: Instant;
  reason: string;
  detail?: string | null;
}

export interface TimelineView {
  stream: string;
  from: Instant;
  to: Instant;
  ranges: RangeView[];
  gaps: GapView[];
}

export interface FragmentView {
  number: number;
  segment: number;
  from: Instant;
  to: Instant;
  from_micros: number;
  duration_micros: number;
  independent: boolean;
  bytes: number;
  producer_timestamp?: Instant | null;
  server_timestamp: Instant;
}

export interface SegmentView {
  id: number;
  mime: string;
}

export interface FragmentList {
  stream: string;
  fragments: FragmentView[];
  segments: SegmentView[];
  more: boolean;
}

export interface DetectionView {
  stream: string;
  fragment: number;
  sample: number;
  at: Instant;
  at_micros: number;
  model: string;
  label: string;
  score: number;
  /** Left, top, width, height as parts of the picture, 0 to 1. */
  box: number[];
}

export interface DetectionList {
  stream: string;
  detections: DetectionView[];
  more: boolean;
}

export interface SystemView {
  version: string;
  now: Instant;
  started: Instant;
  recorded_bytes: number;
  free_bytes: number;
  models: string[];
  warnings: string[];
}

export interface ErrorBody {
  code: string;
  message: string;
}
