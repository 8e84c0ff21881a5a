import { describe, expect, it } from 'vitest';
import type { Backend, EventFilter } from '$backend/backend';
import { success } from '$backend/result';
import type { EventView } from '$backend/types';
import { SightingStore } from './sighting_store.svelte';

const S = 1e6;

const event = (id: number): EventView => ({
  id,
  stream: id % 2 === 0 ? 'door' : 'yard',
  kind: id % 3 === 0 ? 'motion' : 'sighting',
  label: id % 3 === 0 ? 'motion' : 'person',
  count: 2,
  from_micros: id * S,
  to_micros: (id + 0.5) * S,
  at_micros: id * S,
  seen: false,
});

/** A recorder that has seen `count` things, one a second. */
function recorder(count: number): { backend: Backend; asked: EventFilter[] } {
  const asked: EventFilter[] = [];
  const newestFirst = Array.from({ length: count }, (_, index) => event(count - 1 - index));
  const events = (filter: EventFilter): ReturnType<Backend['events']> => {
    asked.push(filter);
    const { range, limit = 200 } = filter;
    const all = newestFirst.filter(({ from_micros: from }) => range.from <= from && from < range.to);
    return Promise.resolve(success({ events: all.slice(0, limit), more: all.length > limit, unseen: 0 }));
  };
  return { backend: { events } as unknown as Backend, asked };
}

describe('what was seen over a view', () => {
  it('is all there, though the recorder tells it in pieces', async () => {
    const { backend, asked } = recorder(2_500);
    const store = new SightingStore(backend, () => 2_500 * S);
    await store.want(['door', 'yard'], { from: 0, to: 2_500 * S });
    expect(asked.length, 'three pieces of a thousand').toBe(3);
    const [door, yard] = [store.streams.get('door') ?? [], store.streams.get('yard') ?? []];
    expect(door.length + yard.length, 'none is lost and none is there twice').toBe(2_500);
    expect(yard.at(-1)?.fromMicros, 'the newest is among them').toBe(2_499 * S);
    expect(store.hasMore, 'nothing was left out').toBe(false);
  });

  it('loses the oldest of too many, and says so', async () => {
    const { backend } = recorder(5_000);
    const store = new SightingStore(backend, () => 5_000 * S);
    await store.want(['door', 'yard'], { from: 0, to: 5_000 * S });
    expect(store.streams.get('yard')?.at(-1)?.fromMicros, 'the newest stays').toBe(4_999 * S);
    expect(store.streams.get('door')?.[0]?.fromMicros, 'the oldest went').toBe(2_000 * S);
    expect(store.hasMore, 'the list says that there is more').toBe(true);
  });

  it('is asked for once where nothing new can come', async () => {
    const { backend, asked } = recorder(10);
    const store = new SightingStore(backend, () => 5_000 * S);
    await store.want(['door'], { from: 0, to: 10 * S });
    await store.want(['door'], { from: 1 * S, to: 9 * S });
    expect(asked.length, 'the view lies in what is known').toBe(1);
    expect(store.streams.get('door')?.[0], 'an object or motion, from and to').toMatchObject({
      kind: 'motion',
      fromMicros: 0,
      toMicros: 0.5 * S,
    });
  });
});
