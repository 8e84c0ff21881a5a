/**
 * The decoded pictures around the playhead: few, and those nearest to being shown.
 *
 * Invariant: never more than `capacity`; what is put out is closed; what is wanted goes last.
 */
import type { Picture } from '../picture';

/** Which side of the playhead is worth more. */
export type Leaning = 'forward' | 'backward' | 'both';

export class PictureWindow {
  readonly #pictures = new Map<number, Picture>();
  #capacity: number;
  #leaning: Leaning = 'both';
  #playheadMicros = 0;
  #wanted: ReadonlySet<number> = new Set();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#pictures.size;
  }

  get capacity(): number {
    return this.#capacity;
  }

  aim(playheadMicros: number, leaning: Leaning, capacity: number, wanted: ReadonlySet<number>): void {
    this.#playheadMicros = playheadMicros;
    this.#wanted = wanted;
    this.#leaning = leaning;
    this.#capacity = capacity;
  }

  has(atMicros: number): boolean {
    return this.#pictures.has(atMicros);
  }

  get(atMicros: number): Picture | null {
    return this.#pictures.get(atMicros) ?? null;
  }

  put(picture: Picture): void {
    this.#pictures.get(picture.atMicros)?.close();
    this.#pictures.set(picture.atMicros, picture);
    while (this.#pictures.size > this.#capacity) this.#putOut();
  }

  clear(): void {
    for (const picture of this.#pictures.values()) picture.close();
    this.#pictures.clear();
  }

  #putOut(): void {
    let farthest: Picture | null = null;
    let most = -1;
    for (const picture of this.#pictures.values()) {
      const distance = this.#distance(picture.atMicros);
      if (distance > most) [farthest, most] = [picture, distance];
    }
    if (farthest === null) return;
    this.#pictures.delete(farthest.atMicros);
    farthest.close();
  }

  #distance(atMicros: number): number {
    if (this.#wanted.has(atMicros)) return 0;
    const difference = atMicros - this.#playheadMicros;
    if (this.#leaning === 'forward') return difference >= 0 ? difference : -difference * 3;
    if (this.#leaning === 'backward') return difference <= 0 ? -difference : difference * 3;
    return Math.abs(difference);
  }
}
