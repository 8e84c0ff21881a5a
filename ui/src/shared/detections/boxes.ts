/**
 * Which boxes belong on a frame: by the frame's identity, or, for a moment, those of the last frame
 * that a model has looked at.
 */
import type { DetectionView } from '$backend/types';

export interface FrameBoxes {
  readonly detections: readonly DetectionView[];
  /** They are of this very frame. Otherwise of an earlier one. */
  readonly isExact: boolean;
}

/** Models look at key frames; between two of them a box stays this long, marked as old. */
const HELD_MICROS = 1.5e6;

export interface FrameIdentity {
  readonly fragment: number | null;
  readonly sample: number | null;
  readonly atMicros: number;
}

/** `detections` in order of time. */
export function boxesFor(detections: readonly DetectionView[], frame: FrameIdentity): FrameBoxes | null {
  const exact = detections.filter((detection) =>
    frame.fragment === null
      ? detection.at_micros === frame.atMicros
      : detection.fragment === frame.fragment && detection.sample === frame.sample,
  );
  if (exact.length > 0) return { detections: exact, isExact: true };
  const earlier = detections.filter(
    (detection) =>
      detection.at_micros <= frame.atMicros && detection.at_micros > frame.atMicros - HELD_MICROS,
  );
  const newest = new Map<string, number>();
  for (const detection of earlier) newest.set(detection.model, detection.at_micros);
  const held = earlier.filter((detection) => newest.get(detection.model) === detection.at_micros);
  return held.length === 0 ? null : { detections: held, isExact: false };
}
