/** The user's groups of cameras and which of them are folded up, kept in this browser for this recorder. */
import { grouped, parsedGroups, type Groups } from './groups';

export class CameraGroups {
  of = $state.raw<Groups>({});
  #folded = $state.raw<readonly string[]>([]);
  readonly #key: string;

  /** `recorder` is what a person calls it. */
  constructor(recorder: string) {
    this.#key = `afterimage.groups.${recorder}`;
    try {
      const value: unknown = JSON.parse(localStorage.getItem(this.#key) ?? '{}');
      if (typeof value !== 'object' || value === null) return;
      const { cameras, folded } = value as Record<string, unknown>;
      this.of = parsedGroups(cameras);
      this.#folded = Array.isArray(folded)
        ? folded.filter((name): name is string => typeof name === 'string')
        : [];
    } catch {
      // Then there are none.
    }
  }

  get names(): readonly string[] {
    return [...new Set(Object.values(this.of))].sort((a, b) => a.localeCompare(b));
  }

  put(camera: string, name: string): void {
    this.of = grouped(this.of, camera, name);
    this.#save();
  }

  isFolded(name: string): boolean {
    return this.#folded.includes(name);
  }

  fold(name: string, isFolded: boolean): void {
    const others = this.#folded.filter((other) => other !== name);
    this.#folded = isFolded ? [...others, name] : others;
    this.#save();
  }

  #save(): void {
    try {
      localStorage.setItem(this.#key, JSON.stringify({ cameras: this.of, folded: this.#folded }));
    } catch {
      // Then they hold for this visit.
    }
  }
}
