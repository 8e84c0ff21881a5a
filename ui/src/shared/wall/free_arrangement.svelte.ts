/** The wall arranged by hand, as it stands: what {@link ./free_layout} reckons, kept for today's cameras. */
import { exchanged, fromLayout, moved, resized, settled, type FreePlaces } from './free_layout';
import type { Layout } from './layouts';

export class FreeArrangement {
  /** As it was kept: perhaps with cameras that are gone, and without new ones. */
  #kept = $state.raw<FreePlaces>({});
  /** Where each of today's cameras stands. */
  readonly places: FreePlaces;

  constructor(kept: FreePlaces, cameras: () => readonly string[]) {
    this.#kept = kept;
    this.places = $derived(settled(this.#kept, cameras()));
  }

  get kept(): FreePlaces {
    return this.#kept;
  }

  /** Nobody has arranged anything yet. */
  get isNew(): boolean {
    return Object.keys(this.#kept).length === 0;
  }

  set(places: FreePlaces): void {
    this.#kept = places;
  }

  /** As the wall is divided now. */
  beginWith(layout: Layout, names: readonly string[]): void {
    this.#kept = fromLayout(layout, names);
  }

  exchange(a: string, b: string): void {
    this.#kept = exchanged(this.places, a, b);
  }

  /** Takes a camera to another cell, if nothing stands there. */
  move(name: string, column: number, row: number): void {
    this.#kept = moved(this.places, name, column, row);
  }

  /** Makes a camera reach to these edges, as far as nothing stands in the way. */
  resize(name: string, right: number, bottom: number): void {
    this.#kept = resized(this.places, name, right, bottom);
  }
}
