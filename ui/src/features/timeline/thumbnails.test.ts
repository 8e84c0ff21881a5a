import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '$backend/backend';
import { failure, success } from '$backend/result';
import { recordedNear, Thumbnails } from './thumbnails.svelte';

const S = 1e6;
const recorded = [
  { from: 10 * S, to: 20 * S },
  { from: 23 * S, to: 30 * S },
];

describe('the picture under the pointer', () => {
  it('is of an instant that is recorded', () => {
    expect(recordedNear(recorded, { from: 12 * S, to: 14 * S }), 'the middle, if it is').toBe(13 * S);
    expect(recordedNear(recorded, { from: 18 * S, to: 24 * S }), 'otherwise the nearest to it').toBe(
      20 * S - 1_000,
    );
    expect(recordedNear(recorded, { from: 0, to: 100 * S }), 'of a place as wide as all of it').toBe(
      30 * S - 1_000,
    );
  });

  it('is not asked for where there is none', () => {
    expect(recordedNear(recorded, { from: 20.1 * S, to: 22.9 * S })).toBeNull();
    expect(recordedNear([], { from: 0, to: S })).toBeNull();
    expect(recordedNear(recorded, { from: 31 * S, to: 90 * S }), 'nor of times to come').toBeNull();
  });
});

describe('the pictures around a playhead that stands', () => {
  const asked: number[] = [];
  const answering = (answer: unknown): Thumbnails =>
    new Thumbnails({
      thumbnail: (_: string, at: number) => {
        asked.push(at);
        return Promise.resolve(answer);
      },
    } as unknown as Backend);
  const picture = success(new Blob());

  beforeEach(() => {
    asked.length = 0;
    vi.useFakeTimers();
    vi.stubGlobal('URL', { createObjectURL: () => 'blob:', revokeObjectURL: () => {} });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('are prepared once, and there for the pointer', async () => {
    const thumbnails = answering(picture);
    for (const at of [11, 12, 13]) {
      thumbnails.prepare('door', at * S, S, recorded);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(asked, 'nothing while it steps').toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    thumbnails.prepare('door', 13 * S, S, recorded);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked, 'one where it stands').toEqual([13.5 * S]);
    expect(thumbnails.current, 'nobody points at it yet').toBeNull();
    thumbnails.want('door', 13.2 * S, S, recorded);
    expect(thumbnails.current?.address, 'at once').toBe('blob:');
    thumbnails.dispose();
  });

  it('are not asked for where nothing is recorded, nor once it plays', async () => {
    const thumbnails = answering(picture);
    thumbnails.prepare('door', 21 * S, S, recorded);
    await vi.advanceTimersByTimeAsync(1_000);
    thumbnails.prepare('door', 13 * S, S, recorded);
    thumbnails.leave();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual([]);
    thumbnails.dispose();
  });

  it('cost a recorder that makes none one question a minute', async () => {
    const thumbnails = answering(failure('unavailable', 'No worker.'));
    for (const at of [11, 13, 15]) {
      thumbnails.prepare('door', at * S, S, recorded);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(asked.length).toBe(1);
    thumbnails.dispose();
  });
});
