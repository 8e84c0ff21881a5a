import { describe, expect, it } from 'vitest';
import type { Backend, EventFilter } from '$backend/backend';
import { success } from '$backend/result';
import type { EventView } from '$backend/types';
import { nextEvent, previousEvent } from './event_steps';

const S = 1e6;
const DAY = 86_400 * S;

/** Answers as the recorder does: the newest first, no more than asked for. */
function recorderWith(starts: readonly number[]): { backend: Backend; asked: EventFilter[] } {
  const asked: EventFilter[] = [];
  const events = (filter: EventFilter): ReturnType<Backend['events']> => {
    asked.push(filter);
    const found = starts
      .filter((at) => at >= filter.range.from && at < filter.range.to)
      .sort((a, b) => b - a)
      .map((at) => ({ id: at, from_micros: at }) as EventView);
    const limit = filter.limit ?? 200;
    return Promise.resolve(success({ events: found.slice(0, limit), more: found.length > limit, unseen: 0 }));
  };
  return { backend: { events } as unknown as Backend, asked };
}

const idOf = (answer: Awaited<ReturnType<typeof nextEvent>>): number | null =>
  answer.ok ? (answer.value?.id ?? null) : null;

describe('steps from event to event', () => {
  it('finds the nearest one ahead, not the newest', async () => {
    const { backend } = recorderWith([100 * S, 200 * S, 300 * S]);
    expect(idOf(await nextEvent(backend, ['door'], 120 * S, DAY))).toBe(200 * S);
  });

  it('does not stand still at the event that it is at', async () => {
    const { backend } = recorderWith([100 * S, 200 * S]);
    expect(idOf(await nextEvent(backend, ['door'], 100 * S, DAY)), 'forwards').toBe(200 * S);
    expect(idOf(await previousEvent(backend, ['door'], 200 * S)), 'backwards').toBe(100 * S);
  });

  it('crosses a quiet year in few questions', async () => {
    const { backend, asked } = recorderWith([400 * DAY]);
    expect(idOf(await nextEvent(backend, ['door'], 0, 500 * DAY))).toBe(400 * DAY);
    expect(asked.length, 'windows grow').toBeLessThan(8);
  });

  it('finds the first of a crowd that is longer than a page', async () => {
    const { backend } = recorderWith(Array.from({ length: 500 }, (_, index) => (10 + index) * S));
    expect(idOf(await nextEvent(backend, ['door'], 0, DAY))).toBe(10 * S);
  });

  it('says that there is none', async () => {
    const { backend } = recorderWith([5 * S]);
    expect(idOf(await nextEvent(backend, ['door'], 10 * S, DAY))).toBeNull();
    expect(idOf(await previousEvent(backend, ['door'], 5 * S))).toBeNull();
  });
});
