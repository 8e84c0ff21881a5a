/**
 * A wall arranged by hand: each camera takes a rectangle of cells of a fine grid.
 *
 * Pure. Invariant: places stay inside the grid and never overlap; what would break that changes nothing.
 */
import type { Cell, Layout } from './layouts';

export const FREE_COLUMNS = 12;
export const FREE_ROWS = 12;
/** Smaller than this nobody sees anything. */
const LEAST = 2;

export type FreePlaces = Readonly<Record<string, Cell>>;

const overlaps = (a: Cell, b: Cell): boolean =>
  a.column < b.column + b.width &&
  b.column < a.column + a.width &&
  a.row < b.row + b.height &&
  b.row < a.row + a.height;

const isInside = ({ column, row, width, height }: Cell): boolean =>
  column >= 0 &&
  row >= 0 &&
  width >= LEAST &&
  height >= LEAST &&
  column + width <= FREE_COLUMNS &&
  row + height <= FREE_ROWS;

const isFree = (places: FreePlaces, cell: Cell, except: string): boolean =>
  isInside(cell) &&
  Object.entries(places).every(([name, other]) => name === except || !overlaps(cell, other));

/** As the wall is divided now, so that nothing moves when one begins to arrange it. */
export function fromLayout({ columns, rows, cells }: Layout, names: readonly string[]): FreePlaces {
  const edge = (index: number, of: number, most: number): number => Math.round((index * most) / of);
  const places: Record<string, Cell> = {};
  names.forEach((name, index) => {
    const cell = cells[index];
    if (cell === undefined) return;
    const [column, row] = [edge(cell.column, columns, FREE_COLUMNS), edge(cell.row, rows, FREE_ROWS)];
    places[name] = {
      column,
      row,
      width: edge(cell.column + cell.width, columns, FREE_COLUMNS) - column,
      height: edge(cell.row + cell.height, rows, FREE_ROWS) - row,
    };
  });
  return places;
}

/** Takes a camera elsewhere; its size goes with it, as far as there is room. */
export function moved(places: FreePlaces, name: string, column: number, row: number): FreePlaces {
  const cell = places[name];
  if (cell === undefined) return places;
  const to = {
    ...cell,
    column: Math.min(FREE_COLUMNS - cell.width, Math.max(0, column)),
    row: Math.min(FREE_ROWS - cell.height, Math.max(0, row)),
  };
  return isFree(places, to, name) ? { ...places, [name]: to } : places;
}

/** Its lower right corner goes as far towards these edges as nothing stands in the way. */
export function resized(places: FreePlaces, name: string, right: number, bottom: number): FreePlaces {
  const cell = places[name];
  if (cell === undefined) return places;
  const wanted = (edge: number, from: number, most: number): number =>
    Math.min(most, Math.max(from + LEAST, edge)) - from;
  const width = wanted(right, cell.column, FREE_COLUMNS);
  const height = wanted(bottom, cell.row, FREE_ROWS);
  const candidates = [
    { ...cell, width, height },
    { ...cell, width },
    { ...cell, height },
  ];
  const fitting = candidates.find((candidate) => isFree(places, candidate, name));
  return fitting === undefined ? places : { ...places, [name]: fitting };
}

/** Two cameras change places. */
export function exchanged(places: FreePlaces, a: string, b: string): FreePlaces {
  const [from, to] = [places[a], places[b]];
  if (from === undefined) return to === undefined ? places : without({ ...places, [a]: to }, b);
  if (to === undefined) return without({ ...places, [b]: from }, a);
  return { ...places, [a]: to, [b]: from };
}

const without = (places: FreePlaces, name: string): FreePlaces =>
  Object.fromEntries(Object.entries(places).filter(([other]) => other !== name));

/** Today's cameras: those that are gone free their place, new ones take the largest that is left. */
export function settled(places: FreePlaces, cameras: readonly string[]): FreePlaces {
  let next: FreePlaces = Object.fromEntries(
    Object.entries(places).filter(([name, cell]) => cameras.includes(name) && isInside(cell)),
  );
  for (const name of cameras) {
    if (next[name] !== undefined) continue;
    const room = largestRoom(next);
    if (room === null) break;
    next = { ...next, [name]: room };
  }
  return next;
}

/** A picture's shape, as large as there is room for it; the upper left one of several. */
function largestRoom(places: FreePlaces): Cell | null {
  for (const size of [6, 4, 3, LEAST]) {
    for (let row = 0; row + size <= FREE_ROWS; row += 1) {
      for (let column = 0; column + size <= FREE_COLUMNS; column += 1) {
        const cell = { column, row, width: size, height: size };
        if (isFree(places, cell, '')) return cell;
      }
    }
  }
  return null;
}

/** What was saved, as far as it makes sense. */
export function parsedPlaces(value: unknown): FreePlaces {
  if (typeof value !== 'object' || value === null) return {};
  let places: FreePlaces = {};
  for (const [name, entry] of Object.entries(value as Record<string, unknown>)) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { column, row, width, height } = entry as Record<string, unknown>;
    const numbers = [column, row, width, height];
    if (!numbers.every((number): number is number => Number.isInteger(number))) continue;
    const cell = { column, row, width, height } as Cell;
    if (isFree(places, cell, name)) places = { ...places, [name]: cell };
  }
  return places;
}
