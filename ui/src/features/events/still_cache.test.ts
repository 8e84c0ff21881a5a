import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '$backend/backend';
import { failure, success, type Result } from '$backend/result';
import { StillCache } from './still_cache';

describe('pictures of events', () => {
  let asked: { at: number; answer: (result: Result<Blob>) => void }[];
  let cache: StillCache;
  const never = new AbortController().signal;
  const picture = success(new Blob(['jpeg']));

  beforeEach(() => {
    asked = [];
    const thumbnail = (_: string, at: number): Promise<Result<Blob>> =>
      new Promise((answer) => asked.push({ at, answer }));
    cache = new StillCache({ thumbnail } as unknown as Backend);
  });
  afterEach(() => vi.restoreAllMocks());

  it('are asked for once', async () => {
    const first = cache.want('gate', 5, never);
    asked[0]?.answer(picture);
    const known = await first;
    expect(await cache.want('gate', 5, never), 'the card has it already').toEqual(known);
    expect(asked.length).toBe(1);
  });

  it('of cards come two at a time, and not those that have left', async () => {
    const gone = new AbortController();
    const all = [1, 2].map((at) => cache.wantInTurn('gate', at, never));
    all.push(cache.wantInTurn('gate', 3, gone.signal), cache.wantInTurn('gate', 4, never));
    expect(
      asked.map(({ at }) => at),
      'the others wait',
    ).toEqual([1, 2]);
    gone.abort();
    asked[0]?.answer(picture);
    await expect
      .poll(() => asked.map(({ at }) => at), { message: 'the third was scrolled away' })
      .toEqual([1, 2, 4]);
    for (const { answer } of asked) answer(picture);
    expect((await Promise.all(all)).map(({ ok }) => ok)).toEqual([true, true, false, true]);
  });

  it('are not asked of a recorder that makes none, again and again', async () => {
    const first = cache.want('gate', 1, never);
    asked[0]?.answer(failure('unavailable', 'No worker runs.'));
    expect((await first).ok).toBe(false);
    expect(await cache.want('gate', 2, never), 'the reason is still known').toMatchObject({
      message: 'No worker runs.',
    });
    expect(asked.length).toBe(1);
  });

  it('are let go when there are too many', async () => {
    const revoked = vi.spyOn(URL, 'revokeObjectURL');
    for (let at = 0; at < 201; at += 1) {
      const wanted = cache.want('gate', at, never);
      asked.at(-1)?.answer(picture);
      await wanted;
    }
    expect(revoked, 'the one that was wanted longest ago').toHaveBeenCalledTimes(1);
    cache.close();
    expect(revoked, 'and all the others in the end').toHaveBeenCalledTimes(201);
  });
});
