import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pictureAt } from './fixtures/memory_decoder';
import { Player, type Transport } from './player';

/** A wall without tiles so far, and what was opened and closed for it. */
function rig(): {
  player: Player;
  transport: { -readonly [Key in keyof Transport]: Transport[Key] };
  opened: string[];
  closed: string[];
  painted: string[];
  attach: (stream: string) => void;
  beat: () => void;
} {
  let pending: (() => void) | null = null;
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
    pending = callback;
    return 1;
  });
  const [opened, closed, painted]: [string[], string[], string[]] = [[], [], []];
  const transport = {
    mode: 'live' as Transport['mode'],
    playheadMicros: 1e12,
    rate: 1,
    pendingSteps: 0,
    lead: null,
  };
  const host = {
    transport: () => transport,
    now: () => 2e12,
    moved: () => {},
    stepped: () => {},
    ranOut: () => {},
    reachedLive: () => {},
  };
  const player = new Player(host, {
    live: (stream) => {
      opened.push(stream);
      return {
        problem: null,
        retryAtMs: null,
        drops: 0,
        take: () => pictureAt(1e12),
        hear: () => {},
        takeSound: () => null,
        close: () => closed.push(stream),
      };
    },
    past: () => {
      throw new Error('nobody looks back here');
    },
  });
  const attach = (stream: string): void => {
    player.attach({ stream, paint: () => painted.push(stream), blank: () => {}, status: () => {} });
  };
  const beat = (): void => pending?.();
  return { player, transport, opened, closed, painted, attach, beat };
}

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('tiles that are still to come', () => {
  it('find their live picture on the way', () => {
    const { player, opened, closed, painted, attach, beat } = rig();
    player.expect(['door', 'yard']);
    expect(opened, 'before there is any tile').toEqual(['door', 'yard']);
    attach('door');
    beat();
    expect(painted, 'with the first beat').toEqual(['door']);
    player.expect(['door', 'yard']);
    expect(opened, 'each is opened once').toEqual(['door', 'yard']);
    expect(closed).toEqual([]);
  });

  it('are given up when they do not come', () => {
    const { player, closed, attach, beat } = rig();
    player.expect(['door', 'yard']);
    attach('door');
    beat();
    player.expect(['door']);
    expect(closed, 'nobody watches a camera that is not on the wall').toEqual(['yard']);
  });

  it('need no live picture in the past', () => {
    const { player, transport, opened, closed } = rig();
    player.expect(['door']);
    transport.mode = 'past';
    player.expect(['door', 'yard']);
    expect(closed, 'somebody went back before it came').toEqual(['door']);
    expect(opened).toEqual(['door']);
  });
});
