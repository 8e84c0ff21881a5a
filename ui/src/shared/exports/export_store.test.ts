import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '$backend/backend';
import { failure, success, type Result } from '$backend/result';
import type { ExportView } from '$backend/types';
import { ExportStore, ended, overallProgress } from './export_store.svelte';

const one = (id: number, state: ExportView['state'], progress = 0): ExportView => ({
  id,
  streams: ['gate'],
  from_micros: 0,
  to_micros: 1,
  format: 'mp4',
  state,
  progress,
  bytes: 0,
  files: [],
  folder: '',
  created: '2026-11-23T14:00:00Z',
  failure: null,
});

function recorder(answers: Result<ExportView[]>[]): { backend: Backend; asked: () => number } {
  let asked = 0;
  const exports = (): Promise<Result<ExportView[]>> =>
    Promise.resolve(answers[Math.min(asked++, answers.length - 1)] ?? success([]));
  const createExport = (): Promise<Result<ExportView>> => Promise.resolve(success(one(9, 'waiting')));
  const deleteExport = (): Promise<Result<null>> => Promise.resolve(failure('not_found', 'gone'));
  return {
    backend: { exports, createExport, deleteExport } as unknown as Backend,
    asked: () => asked,
  };
}

describe('the exports of a recorder', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('are asked for again only while one is under way', async () => {
    const { backend, asked } = recorder([success([one(1, 'running', 0.5)]), success([one(1, 'done', 1)])]);
    const store = new ExportStore(backend);
    const news: number[] = [];
    store.onended = ({ id }) => news.push(id);
    await store.refresh();
    expect(store.progress).toBe(0.5);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked(), 'once to find it, once to see it done, never again').toBe(2);
    expect(news, 'its end is told once').toEqual([1]);
    expect(store.progress).toBeNull();
  });

  it('go on being asked for when the recorder is away for a moment', async () => {
    const { backend } = recorder([
      success([one(1, 'running')]),
      failure('unreachable', 'away'),
      success([one(1, 'done', 1)]),
    ]);
    const store = new ExportStore(backend);
    await store.refresh();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(store.exports[0]?.state).toBe('done');
    expect(store.problem).toBeNull();
  });

  it('show one that was just started, and follow it', async () => {
    const { backend, asked } = recorder([success([one(9, 'done', 1)])]);
    const store = new ExportStore(backend);
    await store.start({ format: 'mp4', streams: ['gate'] });
    expect(store.running).toBe(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([asked(), store.running]).toEqual([1, 0]);
  });

  it('are rid of one that is gone already', async () => {
    const store = new ExportStore(recorder([success([one(1, 'done', 1)])]).backend);
    await store.refresh();
    await store.remove(1);
    expect(store.exports).toEqual([]);
  });
});

it('progress is that of all that is under way', () => {
  expect(overallProgress([one(1, 'running', 0.5), one(2, 'waiting'), one(3, 'done', 1)])).toBe(0.25);
  expect(overallProgress([one(3, 'failed')])).toBeNull();
});

it('an end is news only for what ran before', () => {
  expect(ended([], [one(1, 'done', 1)]), 'found at the first look: old news').toEqual([]);
});
