/** From one frame to another by counting, over fragments. */
import { frameAt } from './decode_plan';
import type { Footage } from './footage';

/** The instant of the frame `count` frames away from the one shown; null while it is not known. */
export function frameBeside(footage: Footage, playheadMicros: number, count: number): number | null {
  footage.prepare(playheadMicros, 0);
  const located = footage.locate(playheadMicros);
  if (located.kind !== 'fragment') return null;
  let loaded = footage.loaded(located.fragment.number);
  if (loaded === null) return null;
  const frame = frameAt(loaded.shown, playheadMicros);
  if (frame === null) return null;
  let place = loaded.shown.indexOf(frame) + count;
  for (;;) {
    const inside = loaded.shown[place];
    if (inside !== undefined) return inside.atMicros;
    const direction = place < 0 ? -1 : 1;
    const neighbour = footage.index.neighbour(loaded.view.number, direction);
    if (neighbour === null) return null;
    // The first frame of the next fragment stands at its start; no need to have it loaded.
    if (place === loaded.shown.length) return neighbour.from_micros;
    const next = footage.loaded(neighbour.number);
    if (next === null) return null;
    place = direction < 0 ? place + next.shown.length : place - loaded.shown.length;
    loaded = next;
  }
}
