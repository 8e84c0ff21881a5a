/** The wall: which cameras stand where, which one leads, and what the user likes to see. */

import { WHOLE, type DigitalZoom } from './digital_zoom';
import { fitting, isLayoutId, layoutOf, LAYOUTS, trimmed, type Layout, type LayoutId } from './layouts';
import { arranged, kept, parsedLayouts, swapped, type SavedLayout } from './saved_layouts';

export type PanelTab = 'sightings' | 'events' | 'bookmarks';
const PANEL_TABS: readonly PanelTab[] = ['sightings', 'events', 'bookmarks'];

const KEY = 'afterimage.wall';

interface Saved {
  layout: LayoutId | null;
  slots: readonly string[];
  isDrawingBoxes: boolean;
  isPanelOpen: boolean;
  panelTab: PanelTab;
  layouts: readonly SavedLayout[];
}

export class Wall {
  /** Null until the user has chosen: then as many as there are cameras. */
  #chosen = $state<LayoutId | null>(null);
  #cameras = $state.raw<readonly string[]>([]);
  slots = $state.raw<readonly string[]>([]);
  #lead = $state<string | null>(null);
  maximised = $state<string | null>(null);
  /** The camera that the carried one would change places with. */
  dropTarget = $state<string | null>(null);
  isDrawingBoxes = $state(true);
  isPanelOpen = $state(true);
  #panelTab = $state<PanelTab>('sightings');
  /** Arrangements with a name. */
  layouts = $state.raw<readonly SavedLayout[]>([]);
  #zooms = $state.raw<ReadonlyMap<string, DigitalZoom>>(new Map());

  constructor() {
    const saved = restored();
    this.#chosen = saved?.layout ?? null;
    this.slots = saved?.slots ?? [];
    this.isDrawingBoxes = saved?.isDrawingBoxes ?? true;
    this.isPanelOpen = saved?.isPanelOpen ?? true;
    this.#panelTab = saved?.panelTab ?? 'sightings';
    this.layouts = saved?.layouts ?? [];
  }

  get panelTab(): PanelTab {
    return this.#panelTab;
  }

  set panelTab(tab: PanelTab) {
    this.#panelTab = tab;
    this.#save();
  }

  get layout(): LayoutId {
    return this.#chosen ?? fitting(this.#cameras.length);
  }

  set layout(layout: LayoutId) {
    this.#chosen = layout;
    this.maximised = null;
    this.#save();
  }

  get grid(): Layout {
    if (this.maximised !== null) return layoutOf('1');
    return trimmed(layoutOf(this.layout), this.slots.length);
  }

  /** The cameras on the wall, in their order. */
  get shown(): readonly string[] {
    if (this.maximised !== null) return [this.maximised];
    return this.slots.slice(0, this.grid.cells.length);
  }

  /** The one whose frames count for steps, and whose lane is on top. */
  get lead(): string | null {
    const shown = this.shown;
    return this.#lead !== null && shown.includes(this.#lead) ? this.#lead : (shown[0] ?? null);
  }

  /** Takes in which cameras there are: new ones go to the end, deleted ones go. */
  setCameras(cameras: readonly string[]): void {
    this.#cameras = cameras;
    const slots = arranged(this.slots, cameras);
    if (slots.length !== this.slots.length || slots.some((name, index) => name !== this.slots[index]))
      this.slots = slots;
    if (this.maximised !== null && !cameras.includes(this.maximised)) this.maximised = null;
  }

  /** Makes a camera the lead; one that is not on the wall takes the present lead's place. */
  choose(name: string): void {
    if (!this.shown.includes(name)) {
      if (!this.slots.includes(name)) return;
      if (this.maximised !== null) this.maximised = name;
      else if (this.lead !== null) this.slots = swapped(this.slots, this.lead, name);
      this.#save();
    }
    this.#lead = name;
  }

  toggleMaximised(name: string): void {
    this.#lead = name;
    this.maximised = this.maximised === null ? name : null;
  }

  /** Two cameras change places; one that is not on the wall comes onto it. */
  swap(a: string, b: string): void {
    if (this.maximised !== null) return;
    this.slots = swapped(this.slots, a, b);
    this.#lead = a;
    this.#save();
  }

  /** Keeps the present arrangement under a name. */
  keep(name: string): void {
    this.layouts = kept(this.layouts, { name, layout: this.layout, slots: this.slots });
    this.#save();
  }

  forget(name: string): void {
    this.layouts = this.layouts.filter((layout) => layout.name !== name);
    this.#save();
  }

  arrange({ layout, slots }: SavedLayout): void {
    this.#chosen = layout;
    this.slots = arranged(slots, this.#cameras);
    this.maximised = null;
    this.#save();
  }

  /** The saved ones first, the rest of the nine as the wall can be divided; what it is called. */
  numbered(number: number): string | null {
    return this.layouts[number - 1]?.name ?? LAYOUTS[number - 1]?.label ?? null;
  }

  arrangeNumber(number: number): void {
    const saved = this.layouts[number - 1];
    const plain = LAYOUTS[number - 1];
    if (saved !== undefined) this.arrange(saved);
    else if (plain !== undefined) this.layout = plain.id;
  }

  zoomOf(name: string): DigitalZoom {
    return this.#zooms.get(name) ?? WHOLE;
  }

  setZoom(name: string, zoom: DigitalZoom): void {
    const zooms = new Map(this.#zooms);
    if (zoom.scale > 1) zooms.set(name, zoom);
    else zooms.delete(name);
    this.#zooms = zooms;
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
      slots: this.slots,
      isDrawingBoxes: this.isDrawingBoxes,
      isPanelOpen: this.isPanelOpen,
      panelTab: this.#panelTab,
      layouts: this.layouts,
    };
    try {
      localStorage.setItem(KEY, JSON.stringify(saved));
    } catch {
      // A browser that keeps nothing still shows everything.
    }
  }
}

function restored(): Partial<Saved> | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    if (typeof value !== 'object' || value === null) return null;
    const { layout, slots, isDrawingBoxes, isPanelOpen, panelTab, layouts } = value as Record<
      string,
      unknown
    >;
    return {
      layout: isLayoutId(layout) ? layout : null,
      slots: Array.isArray(slots) ? slots.filter((slot): slot is string => typeof slot === 'string') : [],
      isDrawingBoxes: isDrawingBoxes !== false,
      isPanelOpen: isPanelOpen !== false,
      panelTab: PANEL_TABS.find((tab) => tab === panelTab) ?? 'sightings',
      layouts: parsedLayouts(layouts),
    };
  } catch {
    return null;
  }
}
