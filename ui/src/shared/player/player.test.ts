import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pictureAt } from './fixtures/memory_decoder';
import { Player, type ShownFrame, type Sources, type TileStatus, type Transport } from './player';
import type { PastAnswer } from './source';

const FRAME = 40_000;

/** A screen whose beat the test gives. */
function rig(
  tiles: readonly string[],
  answer: (stream: string, at: number) => PastAnswer,
): {
  beat: (ms?: number) => void;
  transport: { -readonly [Key in keyof Transport]: Transport[Key] };
  shown: Map<string, ShownFrame>;
  status: Map<string, TileStatus>;
  ranOut: number[];
} {
  let pending: ((ms: number) => void) | null = null;
  let clock = 0;
  vi.stubGlobal('requestAnimationFrame', (callback: (ms: number) => void) => {
    pending = callback;
    return 1;
  });
  const transport = {
    mode: 'past' as Transport['mode'],
    playheadMicros: 1e12,
    rate: 1,
    pendingSteps: 0,
    lead: 'a',
  };
  const shown = new Map<string, ShownFrame>();
  const status = new Map<string, TileStatus>();
  const ranOut: number[] = [];
  const sources: Sources = {
    live: () => ({
      problem: null,
      retryAtMs: null,
      drops: 0,
      take: () => null,
      hear: () => {},
      takeSound: () => ({ track: null, packets: [] }),
      close: () => {},
    }),
    past: (stream) => ({
      show: (at) => answer(stream, at),
      frameBeside: (at, count) => (answer(stream, at).kind === 'picture' ? at + count * FRAME : null),
      sound: () => null,
      close: () => {},
    }),
  };
  const player = new Player(
    {
      transport: () => transport,
      now: () => 2e12,
      moved: (at) => (transport.playheadMicros = at),
      stepped: (at) => {
        transport.pendingSteps = 0;
        if (at !== null) transport.playheadMicros = at;
      },
      ranOut: (at) => ranOut.push(at),
      reachedLive: () => (transport.mode = 'live'),
    },
    sources,
  );
  for (const stream of tiles) {
    player.attach({
      stream,
      paint: (_, frame) => shown.set(stream, frame),
      blank: () => shown.delete(stream),
      status: (next) => status.set(stream, next),
    });
  }
  const beat = (ms = 20): void => {
    clock += ms;
    const callback = pending;
    pending = null;
    if (callback === null) player.wake();
    else callback(clock);
  };
  return { beat, transport, shown, status, ranOut };
}

const picture = (at: number): PastAnswer => {
  const atMicros = Math.floor(at / FRAME) * FRAME;
  return {
    kind: 'picture',
    frame: {
      fragment: 1,
      sample: 0,
      atMicros,
      untilMicros: atMicros + FRAME,
      isSync: true,
      data: new Uint8Array(),
    },
    picture: pictureAt(atMicros),
  };
};

beforeEach(() => vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('player', () => {
  it('keeps all tiles on one frame', () => {
    const { beat, shown, transport } = rig(['a', 'b', 'c'], (_, at) => picture(at));
    const start = transport.playheadMicros;
    for (let count = 0; count < 101; count += 1) {
      beat();
      expect(
        new Set([...shown.values()].map((frame) => frame.atMicros)).size,
        'never a frame apart',
      ).toBeLessThan(2);
    }
    expect(transport.playheadMicros - start, 'a second in real time for each second').toBe(2e6);
  });

  it('waits for a late tile, and not for ever', () => {
    let isLate = true;
    const { beat, status, transport } = rig(['a', 'late'], (stream, at) =>
      stream === 'late' && isLate ? { kind: 'loading' } : picture(at),
    );
    beat();
    beat();
    const held = transport.playheadMicros;
    for (let count = 0; count < 40; count += 1) {
      vi.advanceTimersByTime(20);
      beat();
    }
    expect(transport.playheadMicros - held, 'nobody runs ahead').toBeLessThanOrEqual(FRAME);
    expect(status.get('late')?.state, 'and it is said who is waited for').toBe('loading');
    vi.advanceTimersByTime(5_000);
    for (let count = 0; count < 10; count += 1) beat();
    expect(transport.playheadMicros, 'a tile that stays late is let go').toBeGreaterThan(held + FRAME);
    isLate = false;
  });

  it('does not wait where nothing was recorded, and says when nothing is left', () => {
    let hasAny = true;
    const { beat, shown, ranOut, transport } = rig(['a', 'gap'], (stream, at) =>
      stream === 'gap' || !hasAny ? { kind: 'nothing' } : picture(at),
    );
    const start = transport.playheadMicros;
    for (let count = 0; count < 11; count += 1) beat();
    expect(transport.playheadMicros - start).toBe(200_000);
    expect(shown.has('gap'), 'no old picture stands there').toBe(false);
    expect(ranOut.length).toBe(0);
    hasAny = false;
    beat();
    expect(ranOut.length, 'now the desk has to find footage').toBe(1);
  });

  it('runs on where there is sound alone, and steps by the frames of the others', () => {
    const { beat, ranOut, shown, status, transport } = rig(['a', 'b'], (stream, at) =>
      stream === 'a' ? { kind: 'sound' } : picture(at),
    );
    const start = transport.playheadMicros;
    for (let count = 0; count < 11; count += 1) beat();
    expect(transport.playheadMicros - start, 'nobody waits for its picture').toBe(200_000);
    expect([shown.has('a'), status.get('a')?.state]).toEqual([false, 'sound']);

    transport.rate = 0;
    transport.pendingSteps = 1;
    const before = transport.playheadMicros;
    beat();
    expect(transport.playheadMicros - before, 'a step goes by a camera that has frames').toBe(FRAME);

    const alone = rig(['a'], () => ({ kind: 'sound' }));
    alone.beat();
    alone.beat();
    expect(alone.ranOut, 'sound is footage: it is played to its end').toEqual([]);
    expect(ranOut).toEqual([]);
  });

  it('goes live when it has caught up', () => {
    const { beat, transport } = rig(['a'], (_, at) => picture(at));
    transport.playheadMicros = 2e12 - 500_000;
    for (let count = 0; count < 8; count += 1) beat();
    expect(transport.mode).toBe('live');
  });

  it('answers steps with the instant of the frame beside', () => {
    const { beat, transport } = rig(['a'], (_, at) => picture(at));
    transport.rate = 0;
    transport.pendingSteps = -2;
    const start = transport.playheadMicros;
    beat();
    expect(transport.playheadMicros).toBe(start - 2 * FRAME);
    expect(transport.pendingSteps, 'and is done').toBe(0);
  });
});
