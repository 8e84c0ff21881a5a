import { describe, expect, it, vi } from 'vitest';
import type { Backend } from '$backend/backend';
import { failure, success } from '$backend/result';
import { Recorder } from './recorder.svelte';

const SYSTEM = success({ now: '2026-03-01T00:00:00Z' });

function rig(answers: Partial<Record<'system' | 'streams', unknown>> = {}): {
  recorder: Recorder;
  asked: string[];
  answered: ReturnType<typeof vi.fn>;
} {
  const asked: string[] = [];
  const backend = {
    system: () => {
      asked.push('system');
      return Promise.resolve(answers.system ?? SYSTEM);
    },
    streams: () => {
      asked.push('streams');
      return Promise.resolve(answers.streams ?? success([]));
    },
  } as unknown as Backend;
  const answered = vi.fn();
  return { recorder: new Recorder(backend, answered), asked, answered };
}

describe('the first questions to a recorder', () => {
  it('are asked together, and their answers told at once', async () => {
    const { recorder, asked, answered } = rig();
    const begun = recorder.start();
    expect(asked, 'the second does not wait for the first').toEqual(['system', 'streams']);
    await begun;
    recorder.stop();
    expect(recorder.reach).toBe('online');
    expect(recorder.areStreamsKnown).toBe(true);
    expect(answered, 'nobody has to look whether they have come').toHaveBeenCalledTimes(1);
  });

  it('fail with whichever fails', async () => {
    const refused = failure('unauthenticated', 'No.');
    for (const answers of [{ system: refused }, { streams: refused }]) {
      const { recorder, answered } = rig(answers);
      await recorder.start();
      recorder.stop();
      expect(recorder.reach, JSON.stringify(answers)).toBe('signed_out');
      expect(answered).toHaveBeenCalledTimes(1);
    }
  });
});
