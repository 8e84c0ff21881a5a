/** From the screen to the cells of the free arrangement. */
import { FREE_COLUMNS, FREE_ROWS } from '$shared/wall/free_layout';

/** The cell at a point of the screen, counted from the wall that the element is in. */
export function cellAt(element: Element, x: number, y: number): { column: number; row: number } | null {
  const bounds = element.closest('.wall')?.getBoundingClientRect();
  if (bounds === undefined || bounds.width === 0 || bounds.height === 0) return null;
  return {
    column: Math.floor(((x - bounds.left) / bounds.width) * FREE_COLUMNS),
    row: Math.floor(((y - bounds.top) / bounds.height) * FREE_ROWS),
  };
}

/** The edges nearest to a point: for the corner that is being dragged. */
export function edgesAt(element: Element, x: number, y: number): { right: number; bottom: number } | null {
  const bounds = element.closest('.wall')?.getBoundingClientRect();
  if (bounds === undefined || bounds.width === 0 || bounds.height === 0) return null;
  return {
    right: Math.round(((x - bounds.left) / bounds.width) * FREE_COLUMNS),
    bottom: Math.round(((y - bounds.top) / bounds.height) * FREE_ROWS),
  };
}
