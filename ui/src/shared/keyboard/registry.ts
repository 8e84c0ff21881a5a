/**
 * What each action does at present: features say it while they are on the screen.
 *
 *     $effect(() => desk.actions.register('goTo', () => (isOpen = true)));
 *
 * Invariant: the newest registration of an action is the one that is heard.
 */
import type { ActionId } from './actions';

export type Perform = () => void;

export class ActionRegistry {
  readonly #performers = new Map<ActionId, Perform[]>();

  /** Until the answer is called. */
  register(id: ActionId, perform: Perform): () => void {
    const all = this.#performers.get(id) ?? [];
    this.#performers.set(id, all);
    all.push(perform);
    return () => {
      const place = all.indexOf(perform);
      if (place >= 0) all.splice(place, 1);
    };
  }

  registerAll(performers: Readonly<Partial<Record<ActionId, Perform>>>): () => void {
    const undo = (Object.entries(performers) as [ActionId, Perform][]).map(([id, perform]) =>
      this.register(id, perform),
    );
    return () => undo.forEach((remove) => remove());
  }

  can(id: ActionId): boolean {
    return (this.#performers.get(id)?.length ?? 0) > 0;
  }

  /** False when nothing on the screen answers to it. */
  perform(id: ActionId): boolean {
    const perform = this.#performers.get(id)?.at(-1);
    perform?.();
    return perform !== undefined;
  }
}
