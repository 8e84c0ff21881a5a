/** The user's keys, kept in this browser. */
import type { ActionId } from './actions';
import {
  actionFor,
  assigned,
  chordsOf,
  cleared,
  conflicts,
  parsed,
  restored,
  type Overrides,
} from './bindings';
import { chordLabel } from './chord';

const KEY = 'afterimage.keys';

class Keys {
  overrides = $state.raw<Overrides>(saved());
  readonly conflicts = $derived(conflicts(this.overrides));

  chords(id: ActionId): readonly string[] {
    return chordsOf(id, this.overrides);
  }

  actionFor(chord: string): ActionId | null {
    return actionFor(chord, this.overrides);
  }

  /** The first of an action's chords behind its name, for tooltips: `Go to a time (G)`. */
  named(title: string, id: ActionId): string {
    const chord = this.chords(id)[0];
    return chord === undefined ? title : `${title} (${chordLabel(chord)})`;
  }

  assign(id: ActionId, chord: string): void {
    this.#keep(assigned(id, chord, this.overrides));
  }

  clear(id: ActionId): void {
    this.#keep(cleared(id, this.overrides));
  }

  reset(id: ActionId): void {
    this.#keep(restored(id, this.overrides));
  }

  resetAll(): void {
    this.#keep({});
  }

  #keep(overrides: Overrides): void {
    this.overrides = overrides;
    try {
      localStorage.setItem(KEY, JSON.stringify(overrides));
    } catch {
      // Then they hold for this visit.
    }
  }
}

function saved(): Overrides {
  try {
    return parsed(localStorage.getItem(KEY));
  } catch {
    return {};
  }
}

export const keys = new Keys();
