/** The wall: which cameras stand where, which one leads, and what the user likes to see. */

export type Layout = '1' | '2x1' | '2x2' | '3x3';

export const LAYOUTS: readonly { id: Layout; columns: number; rows: number; label: string }[] = [
  { id: '1', columns: 1, rows: 1, label: 'One camera' },
  { id: '2x1', columns: 2, rows: 1, label: 'Two cameras' },
  { id: '2x2', columns: 2, rows: 2, label: 'Two by two' },
  { id: '3x3', columns: 3, rows: 3, label: 'Three by three' },
];

const KEY = 'afterimage.wall';

interface Saved {
  layout: Layout | null;
  slots: string[];
  isDrawingBoxes: boolean;
  isPanelOpen: boolean;
}

export class Wall {
  /** Null until the user has chosen: then as many as there are cameras. */
  #chosen = $state<Layout | null>(null);
  #cameras = $state.raw<readonly string[]>([]);
  slots = $state.raw<readonly string[]>([]);
  #lead = $state<string | null>(null);
  maximised = $state<string | null>(null);
  isDrawingBoxes = $state(true);
  isPanelOpen = $state(true);

  constructor() {
    const saved = restored();
    this.#chosen = saved?.layout ?? null;
    this.slots = saved?.slots ?? [];
    this.isDrawingBoxes = saved?.isDrawingBoxes ?? true;
    this.isPanelOpen = saved?.isPanelOpen ?? true;
  }

  get layout(): Layout {
    return this.#chosen ?? fitting(this.#cameras.length);
  }

  set layout(layout: Layout) {
    this.#chosen = layout;
    this.maximised = null;
    this.#save();
  }

  get grid(): { columns: number; rows: number } {
    if (this.maximised !== null) return { columns: 1, rows: 1 };
    const { columns, rows } = LAYOUTS.find(({ id }) => id === this.layout) ?? { columns: 1, rows: 1 };
    // A row without any camera would only make the others smaller.
    return { columns, rows: Math.min(rows, Math.max(1, Math.ceil(this.slots.length / columns))) };
  }

  /** The cameras on the wall, in their order. */
  get shown(): readonly string[] {
    if (this.maximised !== null) return [this.maximised];
    return this.slots.slice(0, this.grid.columns * this.grid.rows);
  }

  /** The one whose frames count for steps, and whose lane is on top. */
  get lead(): string | null {
    const shown = this.shown;
    return this.#lead !== null && shown.includes(this.#lead) ? this.#lead : (shown[0] ?? null);
  }

  /** Takes in which cameras there are: new ones go to the end, deleted ones go. */
  setCameras(cameras: readonly string[]): void {
    this.#cameras = cameras;
    const kept = this.slots.filter((name) => cameras.includes(name));
    const slots = [...kept, ...cameras.filter((name) => !kept.includes(name))];
    if (slots.length !== this.slots.length || slots.some((name, index) => name !== this.slots[index]))
      this.slots = slots;
    if (this.maximised !== null && !cameras.includes(this.maximised)) this.maximised = null;
  }

  /** Makes a camera the lead; one that is not on the wall takes the present lead's place. */
  choose(name: string): void {
    if (!this.shown.includes(name)) {
      const place = this.slots.indexOf(this.lead ?? '');
      const from = this.slots.indexOf(name);
      if (from < 0) return;
      if (this.maximised !== null) this.maximised = name;
      else if (place >= 0) {
        const slots = [...this.slots];
        [slots[place], slots[from]] = [name, slots[place] ?? name];
        this.slots = slots;
      }
      this.#save();
    }
    this.#lead = name;
  }

  toggleMaximised(name: string): void {
    this.#lead = name;
    this.maximised = this.maximised === null ? name : null;
  }

  toggleBoxes(): void {
    this.isDrawingBoxes = !this.isDrawingBoxes;
    this.#save();
  }

  togglePanel(): void {
    this.isPanelOpen = !this.isPanelOpen;
    this.#save();
  }

  #save(): void {
    const saved: Saved = {
      layout: this.#chosen,
      slots: [...this.slots],
      isDrawingBoxes: this.isDrawingBoxes,
      isPanelOpen: this.isPanelOpen,
    };
    try {
      localStorage.setItem(KEY, JSON.stringify(saved));
    } catch {
      // A browser that keeps nothing still shows everything.
    }
  }
}

function fitting(count: number): Layout {
  if (count <= 1) return '1';
  if (count === 2) return '2x1';
  return count <= 4 ? '2x2' : '3x3';
}

function restored(): Partial<Saved> | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    if (typeof value !== 'object' || value === null) return null;
    const { layout, slots, isDrawingBoxes, isPanelOpen } = value as Record<string, unknown>;
    return {
      layout: LAYOUTS.find(({ id }) => id === layout)?.id ?? null,
      slots: Array.isArray(slots) ? slots.filter((slot): slot is string => typeof slot === 'string') : [],
      isDrawingBoxes: isDrawingBoxes !== false,
      isPanelOpen: isPanelOpen !== false,
    };
  } catch {
    return null;
  }
}
