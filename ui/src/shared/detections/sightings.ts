/**
 * Detections joined into what a person would call one thing: the same label on the same stream,
 * without a long pause.
 */
import type { DetectionView } from '$backend/types';

export type SightingKind = 'motion' | 'object';

export interface Sighting {
  readonly stream: string;
  readonly label: string;
  readonly kind: SightingKind;
  readonly fromMicros: number;
  readonly toMicros: number;
  /** The most boxes on one frame. */
  readonly count: number;
  /** The best one's score and instant. */
  readonly score: number;
  readonly bestAtMicros: number;
  readonly model: string;
}

/** Key frames are looked at every few seconds; a longer pause is another sighting. */
const PAUSE_MICROS = 6e6;

export const kindOf = (label: string): SightingKind => (label.startsWith('motion') ? 'motion' : 'object');

/** In order of time. */
export function joinSightings(detections: readonly DetectionView[]): Sighting[] {
  const open = new Map<string, Sighting & { frameAt: number; frameCount: number }>();
  const result: Sighting[] = [];
  for (const detection of [...detections].sort((a, b) => a.at_micros - b.at_micros)) {
    const key = `${detection.stream}\u0000${detection.label}`;
    const at = detection.at_micros;
    const known = open.get(key);
    if (known !== undefined && at - known.toMicros <= PAUSE_MICROS) {
      const frameCount = known.frameAt === at ? known.frameCount + 1 : 1;
      const isBetter = detection.score > known.score;
      const next = {
        ...known,
        toMicros: at,
        frameAt: at,
        frameCount,
        count: Math.max(known.count, frameCount),
        score: isBetter ? detection.score : known.score,
        bestAtMicros: isBetter ? at : known.bestAtMicros,
      };
      open.set(key, next);
      continue;
    }
    if (known !== undefined) result.push(finished(known));
    open.set(key, {
      stream: detection.stream,
      label: detection.label,
      kind: kindOf(detection.label),
      fromMicros: at,
      toMicros: at,
      count: 1,
      score: detection.score,
      bestAtMicros: at,
      model: detection.model,
      frameAt: at,
      frameCount: 1,
    });
  }
  result.push(...[...open.values()].map(finished));
  return result.sort((a, b) => a.fromMicros - b.fromMicros);
}

function finished(open: Sighting & { frameAt: number; frameCount: number }): Sighting {
  const { stream, label, kind, fromMicros, toMicros, count, score, bestAtMicros, model } = open;
  return { stream, label, kind, fromMicros, toMicros, count, score, bestAtMicros, model };
}
