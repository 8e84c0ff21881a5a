/**
 * How the wall can be divided, as plain data: cells on a grid.
 *
 * Pure. Not here: which camera stands in which cell ({@link ./wall.svelte}).
 * Invariant: the cells of a layout do not overlap and fill its grid.
 */

export type LayoutId = '1' | '2x1' | '2x2' | '3x3' | '4x4' | '1+5' | '1+7' | 'free';

export interface Cell {
  /** From 0. */
  readonly column: number;
  readonly row: number;
  /** How many columns and rows it takes. */
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly id: LayoutId;
  readonly label: string;
  readonly columns: number;
  readonly rows: number;
  readonly cells: readonly Cell[];
}

function even(id: LayoutId, label: string, columns: number, rows: number): Layout {
  const cells = Array.from({ length: columns * rows }, (_, index) => ({
    column: index % columns,
    row: Math.floor(index / columns),
    width: 1,
    height: 1,
  }));
  return { id, label, columns, rows, cells };
}

/** One large camera with small ones below it and beside it. */
function around(id: LayoutId, label: string, size: number): Layout {
  const large = size - 1;
  const beside = Array.from({ length: large }, (_, row) => ({ column: large, row, width: 1, height: 1 }));
  const below = Array.from({ length: size }, (_, column) => ({ column, row: large, width: 1, height: 1 }));
  return {
    id,
    label,
    columns: size,
    rows: size,
    cells: [{ column: 0, row: 0, width: large, height: large }, ...beside, ...below],
  };
}

export const LAYOUTS: readonly Layout[] = [
  even('1', 'One camera', 1, 1),
  even('2x1', 'Two cameras', 2, 1),
  even('2x2', 'Two by two', 2, 2),
  even('3x3', 'Three by three', 3, 3),
  even('4x4', 'Four by four', 4, 4),
  around('1+5', 'One and five', 3),
  around('1+7', 'One and seven', 4),
  // The cells of its drawing; on the wall they are where the user has put them.
  {
    id: 'free',
    label: 'Free arrangement',
    columns: 12,
    rows: 12,
    cells: [
      { column: 0, row: 0, width: 7, height: 7 },
      { column: 7, row: 0, width: 5, height: 4 },
      { column: 7, row: 4, width: 5, height: 8 },
      { column: 0, row: 7, width: 7, height: 5 },
    ],
  },
];

const SINGLE = even('1', 'One camera', 1, 1);

export const layoutOf = (id: LayoutId): Layout => LAYOUTS.find((layout) => layout.id === id) ?? SINGLE;

export const isLayoutId = (value: unknown): value is LayoutId => LAYOUTS.some(({ id }) => id === value);

/** What the wall is divided into until somebody chooses. */
export function fitting(cameras: number): LayoutId {
  if (cameras <= 1) return '1';
  if (cameras === 2) return '2x1';
  if (cameras <= 4) return '2x2';
  return cameras <= 9 ? '3x3' : '4x4';
}

/** A row of equal cells without any camera would only make the others smaller. */
export function trimmed(layout: Layout, cameras: number): Layout {
  if (layout.cells.some(({ width }) => width > 1)) return layout;
  const rows = Math.min(layout.rows, Math.max(1, Math.ceil(cameras / layout.columns)));
  return { ...layout, rows, cells: layout.cells.filter(({ row }) => row < rows) };
}

/** Two beside each other or two on top of each other, whichever shows more of 16:9 pictures. */
export function turned(layout: Layout, width: number, height: number): Layout {
  if (layout.columns !== 2 || layout.rows !== 1) return layout;
  const beside = Math.min(width / 2, height * ASPECT);
  const stacked = Math.min(width, (height / 2) * ASPECT);
  if (stacked <= beside * CLEARLY_BETTER) return layout;
  const cells = layout.cells.map(({ column }) => ({ column: 0, row: column, width: 1, height: 1 }));
  return { ...layout, columns: 1, rows: 2, cells };
}

/** What a camera's picture usually is. */
const ASPECT = 16 / 9;
const CLEARLY_BETTER = 1.05;
