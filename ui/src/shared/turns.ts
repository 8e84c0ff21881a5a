/**
 * Asking for many cameras, a few in each turn of the page.
 *
 * Belongs here: how many. Not here: what is asked for, and when the next turn is.
 * Why: sixteen questions at once hold the page up for as long as a frame has.
 */

const CAMERAS_A_TURN = 4;

/** Asks for the first few that are due; whether there are more, for the next turn. */
export function askSome(
  names: readonly string[],
  isDue: (name: string) => boolean,
  ask: (name: string) => void,
): boolean {
  let asked = 0;
  for (const name of names) {
    if (!isDue(name)) continue;
    if (asked === CAMERAS_A_TURN) return true;
    asked += 1;
    ask(name);
  }
  return false;
}
