/**
 * How many rows the timeline had when it was last looked at: the room that is kept until the cameras are
 * known, so that nothing above it moves when they are.
 */
const KEY = 'afterimage.lanes';
const MOST_ROWS = 17;

/** At least one. */
export function rememberedRows(): number {
  try {
    const rows = Number(localStorage.getItem(KEY));
    return Number.isInteger(rows) ? Math.min(Math.max(1, rows), MOST_ROWS) : 1;
  } catch {
    return 1;
  }
}

export function rememberRows(rows: number): void {
  try {
    localStorage.setItem(KEY, String(rows));
  } catch {
    // Then the next visit begins with one row.
  }
}
