/**
 * A rectangle of a camera's picture, in shares of it, and the named ones that a user keeps: zones.
 *
 * Pure. Invariant: a region lies inside the picture and is at least {@link LEAST} wide and high.
 */

export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Zone {
  readonly name: string;
  readonly region: Region;
}

/** By camera. */
export type Zones = Readonly<Record<string, readonly Zone[]>>;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Smaller is a click, not a region. */
const LEAST = 0.02;
const DIGITS = 1e4;

const between = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value));
const rounded = (value: number): number => Math.round(value * DIGITS) / DIGITS;

/** From corner to corner, whichever way it was drawn; null where it is too small to be meant. */
export function regionBetween(a: Point, b: Point): Region | null {
  const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)].map((x) => rounded(between(x, 0, 1))) as [
    number,
    number,
  ];
  const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)].map((y) => rounded(between(y, 0, 1))) as [
    number,
    number,
  ];
  if (right - left < LEAST || bottom - top < LEAST) return null;
  return { x: left, y: top, width: rounded(right - left), height: rounded(bottom - top) };
}

export function shifted(region: Region, x: number, y: number): Region {
  return {
    ...region,
    x: rounded(between(region.x + x, 0, 1 - region.width)),
    y: rounded(between(region.y + y, 0, 1 - region.height)),
  };
}

export function stretched(region: Region, x: number, y: number): Region {
  return {
    ...region,
    width: rounded(between(region.width + x, LEAST, 1 - region.x)),
    height: rounded(between(region.height + y, LEAST, 1 - region.y)),
  };
}

/** As the recorder is asked: `x,y,width,height`. */
export const regionText = ({ x, y, width, height }: Region): string => [x, y, width, height].join(',');

/** Under a name that exists it takes that one's place. */
export function zoneKept(zones: Zones, camera: string, zone: Zone): Zones {
  const known = zones[camera] ?? [];
  const place = known.findIndex(({ name }) => name === zone.name);
  return { ...zones, [camera]: place < 0 ? [...known, zone] : known.with(place, zone) };
}

export function zoneForgotten(zones: Zones, camera: string, name: string): Zones {
  return { ...zones, [camera]: (zones[camera] ?? []).filter((zone) => zone.name !== name) };
}

/** What was saved, as far as it makes sense. */
export function parsedZones(value: unknown): Zones {
  if (typeof value !== 'object' || value === null) return {};
  const zones: Record<string, readonly Zone[]> = {};
  for (const [camera, entries] of Object.entries(value as Record<string, unknown>)) {
    if (!Array.isArray(entries)) continue;
    zones[camera] = entries.flatMap((entry: unknown): Zone[] => {
      if (typeof entry !== 'object' || entry === null) return [];
      const { name, region } = entry as Record<string, unknown>;
      const parsed = parsedRegion(region);
      return typeof name === 'string' && name !== '' && parsed !== null ? [{ name, region: parsed }] : [];
    });
  }
  return zones;
}

function parsedRegion(value: unknown): Region | null {
  if (typeof value !== 'object' || value === null) return null;
  const { x, y, width, height } = value as Record<string, unknown>;
  const numbers = [x, y, width, height];
  if (!numbers.every((number): number is number => typeof number === 'number' && Number.isFinite(number)))
    return null;
  const [left = 0, top = 0, wide = 0, high = 0] = numbers;
  return regionBetween({ x: left, y: top }, { x: left + wide, y: top + high });
}
