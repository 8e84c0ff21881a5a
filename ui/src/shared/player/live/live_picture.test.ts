import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryDecoders, openPictures } from '../fixtures/memory_decoder';
import { MemoryRecorder } from '../fixtures/memory_recorder';
import { LivePicture } from './live_picture';

const AT = 1_790_000_000_000_000;

function message(kind: 0 | 1, isSync: boolean, payload: Uint8Array, atMicros = AT): ArrayBuffer {
  const bytes = new Uint8Array(16 + payload.byteLength);
  bytes.set([kind, 255, isSync ? 1 : 0]);
  new DataView(bytes.buffer).setBigInt64(8, BigInt(atMicros));
  bytes.set(payload, 16);
  return bytes.buffer;
}

function rig(heldBack = 0): {
  recorder: MemoryRecorder;
  live: LivePicture;
  decoders: ReturnType<typeof memoryDecoders>;
  send: (bytes: ArrayBuffer) => void;
} {
  const recorder = new MemoryRecorder(1);
  const decoders = memoryDecoders(heldBack);
  const live = new LivePicture(recorder, 'door', decoders.open, { picture: () => {}, changed: () => {} });
  const send = (bytes: ArrayBuffer): void => recorder.listen?.({ type: 'message', bytes });
  return { recorder, live, decoders, send };
}

beforeEach(() => {
  openPictures.clear();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe('a live picture', () => {
  it('is the newest one, and only that is held', () => {
    const { recorder, live, send } = rig();
    send(message(0, true, recorder.fixture.init));
    send(message(1, true, recorder.fixture.fragments[0] ?? new Uint8Array()));
    expect(openPictures.size, 'older ones are closed').toBe(1);
    const picture = live.take();
    expect(picture?.atMicros, 'the last frame of the GOP so far').toBe(AT + 24 * 40_000);
    expect(live.take(), 'each is taken once').toBeNull();
    picture?.close();
    live.close();
    expect(openPictures.size).toBe(0);
  });

  it('drops to the next key frame when it is behind', () => {
    const { recorder, live, decoders, send } = rig();
    const [first, second, third] = recorder.fixture.fragments;
    send(message(0, true, recorder.fixture.init));
    send(message(1, true, first ?? new Uint8Array()));
    const decoder = decoders.opened[0];
    if (decoder === undefined) throw new Error('a decoder was opened');
    decoder.queued = 100;
    send(message(1, true, second ?? new Uint8Array()));
    expect(decoder.resets, 'what waited is forgotten').toBeGreaterThan(0);
    expect(live.drops, 'and counted').toBeGreaterThan(0);
    decoder.queued = 0;
    send(message(1, true, third ?? new Uint8Array()));
    expect(live.take()?.atMicros, 'the picture goes on from the key frame').toBe(AT + 24 * 40_000);
    live.close();
  });

  it('is given the time for a long GOP at first', () => {
    const { recorder, live, decoders, send } = rig(3);
    const [first, second] = recorder.fixture.fragments;
    send(message(0, true, recorder.fixture.init));
    const decoder = decoders.opened[0];
    if (decoder === undefined) throw new Error('a decoder was opened');
    // The first frame finds the decoder empty; the next ones come all at once.
    decoder.queued = 100;
    send(message(1, true, first ?? new Uint8Array()));
    expect([decoder.resets, live.drops], 'a GOP so far may be longer than any delay').toEqual([0, 0]);
    send(message(1, true, second ?? new Uint8Array(), AT + 1e6));
    expect(decoder.resets, 'the next one is nearer to now').toBe(1);
    expect(Math.max(...decoder.decoded), 'and decoded to its end').toBe(AT + 1e6 + 24 * 40_000);
    live.close();
  });

  it('connects again for ever, ever slower', () => {
    const { recorder, live } = rig();
    for (const seconds of [1, 2, 4, 8, 12]) {
      const before = recorder.liveOpened;
      recorder.listen?.({ type: 'closed', code: 'unreachable' });
      expect(live.problem, 'it says so').toMatch(/broke/);
      expect(live.retryAtMs, 'and when it tries again').not.toBeNull();
      vi.advanceTimersByTime(seconds * 1_000);
      expect(recorder.liveOpened, `within ${seconds} s`).toBe(before + 1);
    }
    live.close();
    recorder.listen?.({ type: 'closed', code: 'unreachable' });
    vi.advanceTimersByTime(60_000);
    expect(recorder.liveOpened, 'not when it was closed').toBe(6);
  });

  it('tells what the recorder tells, until a picture comes', () => {
    const { recorder, live, send } = rig();
    recorder.listen?.({ type: 'state', state: 'retrying', detail: 'the camera refused the connection' });
    expect(live.problem).toBe('the camera refused the connection');
    send(message(0, true, recorder.fixture.init));
    send(message(1, true, recorder.fixture.fragments[0] ?? new Uint8Array()));
    expect(live.problem).toBeNull();
    live.close();
  });

  it('survives damage and begins again at a key frame', () => {
    const { recorder, live, send } = rig();
    send(new ArrayBuffer(3));
    expect(live.problem, 'damage is told').toMatch(/damaged/);
    send(message(0, true, recorder.fixture.init));
    send(message(1, true, (recorder.fixture.fragments[0] ?? new Uint8Array()).slice(0, 300)));
    send(message(1, true, recorder.fixture.fragments[1] ?? new Uint8Array()));
    expect(live.take(), 'the next whole GOP is shown').not.toBeNull();
    live.close();
  });
});
