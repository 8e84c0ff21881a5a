/** The picked frames of one recorder, kept in this browser. */
import type { PickedFrame } from '$backend/types';
import { parsedFrames, picked, type Picking } from './picked_frames';

export class PickedFrames {
  frames = $state.raw<readonly PickedFrame[]>([]);
  readonly #key: string;

  /** `recorder` is what a person calls it. */
  constructor(recorder: string) {
    this.#key = `afterimage.picked.${recorder}`;
    try {
      this.frames = parsedFrames(localStorage.getItem(this.#key));
    } catch {
      // Then it begins with none.
    }
  }

  add(frame: PickedFrame): Picking['type'] {
    const picking = picked(this.frames, frame);
    if (picking.type === 'added') this.#keep(picking.frames);
    return picking.type;
  }

  clear(): void {
    this.#keep([]);
  }

  #keep(frames: readonly PickedFrame[]): void {
    this.frames = frames;
    try {
      if (frames.length === 0) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, JSON.stringify(frames));
    } catch {
      // Then they hold for this visit.
    }
  }
}
