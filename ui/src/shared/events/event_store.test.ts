import { describe, expect, it } from 'vitest';
import type { Backend, EventFilter } from '$backend/backend';
import { success } from '$backend/result';
import { EventStore } from './event_store.svelte';

describe('the badge of new events', () => {
  it('counts all of them, also while the list is narrowed', async () => {
    const events = (filter: EventFilter): ReturnType<Backend['events']> => {
      const isNarrow = filter.region !== undefined || filter.range.to - filter.range.from < 30 * 86_400e6;
      return Promise.resolve(success({ events: [], more: false, unseen: isNarrow ? 2 : 40 }));
    };
    const store = new EventStore({ events } as unknown as Backend, () => 1e15);
    await store.refresh();
    expect(store.unseen).toBe(40);
    store.choose({
      stream: 'gate',
      region: { name: null, region: { x: 0, y: 0, width: 0.5, height: 0.5 } },
    });
    await expect.poll(() => store.events, { message: 'the narrow list has come' }).toEqual([]);
    await expect.poll(() => store.unseen, { message: 'a region leads to no smaller number' }).toBe(40);
    store.choose({ stream: null, span: 'hour' });
    await expect.poll(() => store.events).toEqual([]);
    await expect.poll(() => store.unseen, { message: 'nor does a shorter time' }).toBe(40);
  });
});
