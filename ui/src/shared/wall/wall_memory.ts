/** What the browser remembers of the wall: read at the beginning of a visit, written at each change. */
import { parsedPlaces, type FreePlaces } from './free_layout';
import { isLayoutId, type LayoutId } from './layouts';
import { parsedLayouts, type SavedLayout } from './saved_layouts';

export type PanelTab = 'sightings' | 'events' | 'bookmarks';
const PANEL_TABS: readonly PanelTab[] = ['sightings', 'events', 'bookmarks'];

const KEY = 'afterimage.wall';

export interface WallMemory {
  readonly layout: LayoutId | null;
  readonly slots: readonly string[];
  readonly isDrawingBoxes: boolean;
  readonly isPanelOpen: boolean;
  readonly panelTab: PanelTab;
  readonly layouts: readonly SavedLayout[];
  readonly places: FreePlaces;
}

export function remember(memory: WallMemory): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

/** What was kept, as far as it makes sense; the rest is as on a first visit. */
export function remembered(): WallMemory {
  const { layout, slots, isDrawingBoxes, isPanelOpen, panelTab, layouts, places } = read();
  return {
    layout: isLayoutId(layout) ? layout : null,
    slots: Array.isArray(slots) ? slots.filter((slot): slot is string => typeof slot === 'string') : [],
    isDrawingBoxes: isDrawingBoxes !== false,
    isPanelOpen: isPanelOpen !== false,
    panelTab: PANEL_TABS.find((tab) => tab === panelTab) ?? 'sightings',
    layouts: parsedLayouts(layouts),
    places: parsedPlaces(places),
  };
}

function read(): Partial<Record<keyof WallMemory, unknown>> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
