/** The next or the previous event, by asking for no more of the list than it takes. */
import type { Backend } from '$backend/backend';
import type { Result } from '$backend/result';
import type { EventView } from '$backend/types';
import { success } from '$backend/result';

const SECOND = 1e6;
/** An event that begins this close is the one that we stand at. */
const HERE_MICROS = 0.5 * SECOND;
const FIRST_WINDOW = 600 * SECOND;
const WIDER = 12;
const PAGE = 200;
const MOST_PAGES = 40;

/** The list comes with the newest first, so the way forward feels ahead in growing windows. */
export async function nextEvent(
  backend: Backend,
  streams: readonly string[],
  atMicros: number,
  nowMicros: number,
): Promise<Result<EventView | null>> {
  let from = atMicros + HERE_MICROS;
  let window = FIRST_WINDOW;
  let best: EventView | null = null;
  let to = Math.min(from + window, nowMicros);
  for (let page = 0; page < MOST_PAGES && from < nowMicros; page += 1) {
    const answer = await backend.events({ range: { from, to }, streams, limit: PAGE });
    if (!answer.ok) return answer;
    const begun = answer.value.events.filter((event) => event.from_micros >= from);
    best = begun.at(-1) ?? best;
    if (answer.value.more && best !== null) {
      to = best.from_micros;
      continue;
    }
    if (best !== null || to >= nowMicros) return success(best);
    from = to;
    window *= WIDER;
    to = Math.min(from + window, nowMicros);
  }
  return success(best);
}

export async function previousEvent(
  backend: Backend,
  streams: readonly string[],
  atMicros: number,
): Promise<Result<EventView | null>> {
  const before = atMicros - HERE_MICROS;
  let to = before;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await backend.events({ range: { from: 0, to }, streams, limit: 20 });
    if (!answer.ok) return answer;
    const found = answer.value.events.find((event) => event.from_micros < before);
    const last = answer.value.events.at(-1);
    if (found !== undefined || !answer.value.more || last === undefined) return success(found ?? null);
    to = last.from_micros;
  }
  return success(null);
}
