/** The wall: which cameras stand where, which one leads, and what the user likes to see. */

import { WHOLE, type DigitalZoom } from './digital_zoom';
import { FreeArrangement } from './free_arrangement.svelte';
import { FREE_COLUMNS, FREE_ROWS } from './free_layout';
import { fitting, layoutOf, LAYOUTS, trimmed, type Cell, type Layout, type LayoutId } from './layouts';
import { arranged, kept, swapped, type SavedLayout } from './saved_layouts';
import { remember, remembered, type PanelTab } from './wall_memory';

export type { PanelTab };

export class Wall {
  /** Null until the user has chosen: then as many as there are cameras. */
  #chosen = $state<LayoutId | null>(null);
  #cameras = $state.raw<readonly string[]>([]);
  /** False until the recorder has said which there are; until then none is shown. */
  areCamerasKnown = $state(false);
  slots = $state.raw<readonly string[]>([]);
  /** The order of the last visit, until the cameras are known. */
  #lastSlots: readonly string[] = [];
  /** The group that has the wall to itself. */
  #group = $state.raw<{ readonly name: string; readonly cameras: readonly string[] } | null>(null);
  #lead = $state<string | null>(null);
  maximised = $state<string | null>(null);
  /** The camera that the carried one would change places with. */
  dropTarget = $state<string | null>(null);
  isDrawingBoxes = $state(true);
  isPanelOpen = $state(true);
  #panelTab = $state<PanelTab>('sightings');
  /** Arrangements with a name. */
  layouts = $state.raw<readonly SavedLayout[]>([]);
  /** Where cameras stand when the wall is arranged by hand. */
  readonly #free: FreeArrangement;
  #zooms = $state.raw<ReadonlyMap<string, DigitalZoom>>(new Map());

  constructor() {
    const memory = remembered();
    this.#chosen = memory.layout;
    this.#lastSlots = memory.slots;
    this.isDrawingBoxes = memory.isDrawingBoxes;
    this.isPanelOpen = memory.isPanelOpen;
    this.#panelTab = memory.panelTab;
    this.layouts = memory.layouts;
    this.#free = new FreeArrangement(memory.places, () => this.slots);
  }

  get panelTab(): PanelTab {
    return this.#panelTab;
  }

  set panelTab(tab: PanelTab) {
    this.#panelTab = tab;
    this.#save();
  }

  /** The name of the group that has the wall to itself; null while all cameras share it. */
  get group(): string | null {
    return this.#group?.name ?? null;
  }

  get layout(): LayoutId {
    if (this.#group !== null) return fitting(this.#slotsInUse.length);
    return this.#chosen ?? fitting(this.#cameras.length);
  }

  set layout(layout: LayoutId) {
    this.#group = null;
    if (layout === 'free' && this.layout !== 'free' && this.#free.isNew) {
      this.maximised = null;
      this.#free.beginWith(this.grid, this.shown);
    }
    this.#chosen = layout;
    this.maximised = null;
    this.#save();
  }

  get grid(): Layout {
    if (this.maximised !== null) return layoutOf('1');
    if (this.layout === 'free') {
      const cells = this.shown.flatMap((name) => this.#free.places[name] ?? []);
      return { ...layoutOf('free'), columns: FREE_COLUMNS, rows: FREE_ROWS, cells };
    }
    return trimmed(layoutOf(this.layout), this.#slotsInUse.length);
  }

  /** Arranged by hand, and all of it on the screen: cameras can be moved and resized. */
  get isFree(): boolean {
    return this.layout === 'free' && this.maximised === null;
  }

  /** Those that may stand on the wall, in their order. */
  get #slotsInUse(): readonly string[] {
    const group = this.#group;
    return group === null ? this.slots : this.slots.filter((name) => group.cameras.includes(name));
  }

  /** The cameras on the wall, in their order. */
  get shown(): readonly string[] {
    if (this.maximised !== null) return [this.maximised];
    if (this.layout === 'free') return this.slots.filter((name) => this.#free.places[name] !== undefined);
    return this.#slotsInUse.slice(0, this.grid.cells.length);
  }

  /** The one whose frames count for steps, and whose lane is on top. */
  get lead(): string | null {
    const shown = this.shown;
    return this.#lead !== null && shown.includes(this.#lead) ? this.#lead : (shown[0] ?? null);
  }

  /** Takes in which cameras there are: new ones go to the end, deleted ones go. */
  setCameras(cameras: readonly string[]): void {
    this.#cameras = cameras;
    const slots = arranged(this.areCamerasKnown ? this.slots : this.#lastSlots, cameras);
    this.areCamerasKnown = true;
    if (slots.length !== this.slots.length || slots.some((name, index) => name !== this.slots[index]))
      this.slots = slots;
    if (this.maximised !== null && !cameras.includes(this.maximised)) this.maximised = null;
  }

  /** Makes a camera the lead; one that is not on the wall takes the present lead's place. */
  choose(name: string): void {
    if (!this.shown.includes(name)) {
      if (!this.slots.includes(name)) return;
      const isOfGroup = this.#group?.cameras.includes(name) ?? true;
      if (!isOfGroup) this.#group = null;
      if (this.shown.includes(name)) {
        this.#lead = name;
        return;
      }
      if (this.maximised !== null) this.maximised = name;
      else if (this.lead !== null) this.#exchange(this.lead, name);
      this.#save();
    }
    this.#lead = name;
  }

  /** Gives the wall to these cameras alone; what it was divided into comes back with {@link leaveGroup}. */
  showGroup(name: string, cameras: readonly string[]): void {
    if (cameras.length === 0) return;
    this.#group = { name, cameras };
    this.maximised = null;
  }

  /** Which cameras the shown group has now; without any, all share the wall again. */
  setGroupCameras(cameras: readonly string[]): void {
    const group = this.#group;
    if (group === null || String(group.cameras) === String(cameras)) return;
    this.#group = cameras.length === 0 ? null : { ...group, cameras };
  }

  leaveGroup(): void {
    this.#group = null;
  }

  /** Back by one: from a camera that fills the wall, or from a group. */
  back(): void {
    if (this.maximised === null) this.leaveGroup();
    else this.maximised = null;
  }

  toggleMaximised(name: string): void {
    this.#lead = name;
    this.maximised = this.maximised === null ? name : null;
  }

  /** Two cameras change places; one that is not on the wall comes onto it. */
  swap(a: string, b: string): void {
    if (this.maximised !== null) return;
    this.#exchange(a, b);
    this.#lead = a;
    this.#save();
  }

  #exchange(a: string, b: string): void {
    if (this.layout === 'free') this.#free.exchange(a, b);
    else this.slots = swapped(this.slots, a, b);
  }

  /** The cell of the free arrangement that a camera begins at and ends at; null in another layout. */
  placeOf(name: string): Cell | null {
    return this.isFree ? (this.#free.places[name] ?? null) : null;
  }

  /** Takes a camera to another cell, if nothing stands there. */
  moveTo(name: string, column: number, row: number): void {
    this.#free.move(name, column, row);
    this.#lead = name;
    this.#save();
  }

  /** Makes a camera reach to these edges, as far as nothing stands in the way. */
  resizeTo(name: string, right: number, bottom: number): void {
    this.#free.resize(name, right, bottom);
    this.#save();
  }

  /** Keeps the present arrangement under a name. */
  keep(name: string): void {
    const places = this.layout === 'free' ? { places: this.#free.places } : {};
    this.layouts = kept(this.layouts, { name, layout: this.layout, slots: this.slots, ...places });
    this.#save();
  }

  forget(name: string): void {
    this.layouts = this.layouts.filter((layout) => layout.name !== name);
    this.#save();
  }

  arrange({ layout, slots, places }: SavedLayout): void {
    if (places !== undefined) this.#free.set(places);
    this.#chosen = layout;
    this.slots = arranged(slots, this.#cameras);
    this.#group = null;
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
    remember({
      layout: this.#chosen,
      slots: this.areCamerasKnown ? this.slots : this.#lastSlots,
      isDrawingBoxes: this.isDrawingBoxes,
      isPanelOpen: this.isPanelOpen,
      panelTab: this.#panelTab,
      layouts: this.layouts,
      places: this.#free.kept,
    });
  }
}
