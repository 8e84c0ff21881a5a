import { beforeEach, describe, expect, it } from 'vitest';
import { failure } from '$backend/result';
import { soundAlone } from '../fixtures/footage';
import { memoryDecoders, openPictures } from '../fixtures/memory_decoder';
import { FRAGMENT_MICROS, FRAME_MICROS, MemoryRecorder, START_MICROS } from '../fixtures/memory_recorder';
import { Footage } from './footage';
import { PastPicture } from './past_picture';
import type { PastAnswer } from '../source';

/** Lets everything that was promised arrive. */
const quiet = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

function rig(
  recorder: MemoryRecorder,
  now = START_MICROS + 1e12,
): {
  past: PastPicture;
  decoders: ReturnType<typeof memoryDecoders>;
  settle: (atMicros: number, rate?: number) => Promise<PastAnswer>;
} {
  const decoders = memoryDecoders();
  const footage = new Footage(recorder, 'door', {
    budgetBytes: 1e6,
    now: () => now,
    isGrowing: () => false,
    changed: () => {},
  });
  const past = new PastPicture(
    footage,
    decoders.open,
    () => 1e6,
    () => {},
  );
  const settle = async (atMicros: number, rate = 0): Promise<PastAnswer> => {
    let answer = past.show(atMicros, rate);
    for (let beat = 0; beat < 60 && answer.kind === 'loading'; beat += 1) {
      await quiet();
      answer = past.show(atMicros, rate);
    }
    return answer;
  };
  return { past, decoders, settle };
}

const frameAt = (index: number): number => START_MICROS + index * FRAME_MICROS;

beforeEach(() => openPictures.clear());

describe('a picture in the past', () => {
  it('is exactly the frame at the playhead, wherever it is put', async () => {
    const { settle } = rig(new MemoryRecorder(6));
    for (const index of [0, 24, 25, 60, 12, 149, 1, 148, 75, 74]) {
      const answer = await settle(frameAt(index) + FRAME_MICROS / 2);
      expect(answer.kind === 'picture' && answer.picture.atMicros, `frame ${index}`).toBe(frameAt(index));
      expect(answer.kind === 'picture' && answer.frame.fragment, 'its fragment').toBe(Math.floor(index / 25));
    }
  });

  it('steps both ways over fragments, frame by frame', async () => {
    const { past, settle } = rig(new MemoryRecorder(4));
    await settle(frameAt(26));
    const seen: number[] = [];
    for (let at = frameAt(26), count = 0; count < 5; count += 1) {
      const beside = past.frameBeside(at, -1);
      expect(beside, 'the frame before is known').not.toBeNull();
      at = beside ?? 0;
      await settle(at);
      seen.push((at - START_MICROS) / FRAME_MICROS);
    }
    expect(seen, 'no frame is left out at the border of two fragments').toEqual([25, 24, 23, 22, 21]);
    expect(past.frameBeside(frameAt(24), 1), 'and forwards again').toBe(frameAt(25));
  });

  it('plays forwards without decoding any frame twice', async () => {
    const { decoders, settle } = rig(new MemoryRecorder(4));
    for (let index = 0; index < 100; index += 1) await settle(frameAt(index), 1);
    const decoded = decoders.opened[0]?.decoded ?? [];
    expect(new Set(decoded).size, 'each frame once').toBe(decoded.length);
    expect(decoders.opened.length, 'by one decoder').toBe(1);
  });

  it('plays backwards and shows every frame', async () => {
    const { settle } = rig(new MemoryRecorder(4));
    for (let index = 99; index >= 0; index -= 1) {
      const answer = await settle(frameAt(index), -1);
      expect(answer.kind === 'picture' && answer.picture.atMicros, `frame ${index}`).toBe(frameAt(index));
    }
  });

  it('shows key frames alone when it winds', async () => {
    const { decoders, settle } = rig(new MemoryRecorder(12));
    for (let index = 0; index < 300; index += 20) {
      const answer = await settle(frameAt(index), 16);
      const key = START_MICROS + Math.floor(index / 25) * FRAGMENT_MICROS;
      expect(answer.kind === 'picture' && answer.picture.atMicros, `around frame ${index}`).toBe(key);
    }
    expect(decoders.opened[0]?.decoded.length, 'nothing between them is decoded').toBeLessThan(30);
  });

  it('holds few pictures, and none after it is closed', async () => {
    const { past, settle } = rig(new MemoryRecorder(10));
    for (let index = 0; index < 250; index += 1) {
      await settle(frameAt(index), 1);
      expect(openPictures.size, 'bounded all the way').toBeLessThanOrEqual(32);
    }
    past.close();
    expect(openPictures.size, 'every picture is closed in the end').toBe(0);
  });

  it('says that nothing was recorded, and why something fails', async () => {
    const recorder = new MemoryRecorder(6, (number) => number === 2);
    const { settle } = rig(recorder);
    expect((await settle(START_MICROS + 2.5 * FRAGMENT_MICROS)).kind, 'a hole').toBe('nothing');
    recorder.refuse = (number) =>
      number === 4 ? failure('damaged', 'the bytes are not what was written') : null;
    const answer = await settle(START_MICROS + 4.5 * FRAGMENT_MICROS);
    expect(answer, 'the recorder’s own words').toEqual({
      kind: 'failed',
      message: 'the bytes are not what was written',
    });
  });

  it('has none where sound alone was recorded, which is heard', async () => {
    const { past, settle, decoders } = rig(new MemoryRecorder(4, () => false, soundAlone()));
    const at = START_MICROS + 1.5 * FRAGMENT_MICROS;
    expect(await settle(at, 1)).toEqual({ kind: 'sound' });
    const sound = past.sound(at);
    expect(sound?.track?.codec, 'of the camera’s kind').toBe('mp4a.40.2');
    const first = sound?.packets[0]?.atMicros ?? 0;
    expect(first, 'its first packet stands where the fragment begins').toBe(START_MICROS + FRAGMENT_MICROS);
    expect(past.frameBeside(at, 1), 'there is no frame to step to').toBeNull();
    expect(decoders.opened.length, 'and nothing to decode pictures with').toBe(0);
  });

  it('takes a fragment that retention has deleted for a gap', async () => {
    const recorder = new MemoryRecorder(6);
    recorder.refuse = (number) => (number === 3 ? failure('not_found', 'deleted') : null);
    const { settle } = rig(recorder);
    expect((await settle(START_MICROS + 3.5 * FRAGMENT_MICROS)).kind).toBe('nothing');
  });
});
