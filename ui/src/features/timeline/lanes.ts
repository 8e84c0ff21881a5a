/** Where everything stands on the timeline: heights and rows, no painting. */

export const NAME_WIDTH = 224;
export const RIGHT_MARGIN = 14;
export const AXIS_HEIGHT = 26;
const LOW_LANES_FROM = 5;
const BELOW = 6;

const rowHeight = (rows: number): number => (rows >= LOW_LANES_FROM ? 20 : 27);

export interface Lane {
  readonly name: string;
  /** The row of all shown together. */
  readonly isUnion: boolean;
  readonly top: number;
  readonly height: number;
  /** The bar inside the row. */
  readonly barTop: number;
  readonly barHeight: number;
}

export interface LaneLayout {
  readonly lanes: readonly Lane[];
  readonly height: number;
}

/** The lead camera on top, then the others in the wall's order, all of them together below. */
export function layLanes(shown: readonly string[], lead: string | null): LaneLayout {
  const names = lead === null ? [...shown] : [lead, ...shown.filter((name) => name !== lead)];
  const rows = shown.length > 1 ? [...names, ''] : names;
  const height = rowHeight(rows.length);
  const barHeight = rows.length >= LOW_LANES_FROM ? 14 : 18;
  const lanes = rows.map((name, index): Lane => {
    const top = AXIS_HEIGHT + index * height;
    const isUnion = name === '';
    const ownBar = isUnion ? Math.round(barHeight * 0.55) : barHeight;
    return { name, isUnion, top, height, barTop: top + Math.round((height - ownBar) / 2), barHeight: ownBar };
  });
  return { lanes, height: heightOf(rows.length) };
}

/** Of the whole timeline with so many rows. */
const heightOf = (rows: number): number => AXIS_HEIGHT + rows * rowHeight(rows) + BELOW;

export const laneAt = (layout: LaneLayout, y: number): Lane | null =>
  layout.lanes.find((lane) => y >= lane.top && y < lane.top + lane.height) ?? null;
