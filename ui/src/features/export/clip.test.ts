import { describe, expect, it } from 'vitest';
import { clipName, estimatedBytes, linkRate } from './clip';

const START = Date.parse('2026-11-23T14:04:10Z') * 1000;
const S = 1e6;

describe('a clip', () => {
  it('is named by camera, start and end, in UTC', () => {
    const range = { from: START, to: START + 165 * S };
    expect(clipName('door', range, { container: 'mp4', cut: 'exact' })).toBe(
      'door_20261123T140410Z_20261123T140655Z.mp4',
    );
    expect(clipName('door', range, { container: 'mkv', cut: 'fragment' })).toMatch(/\.mkv$/);
  });

  it('takes its share of what the index says', () => {
    const view = {
      stream: 'door',
      from: '2026-11-23T14:00:00Z',
      to: '2026-11-23T14:10:00Z',
      ranges: [
        { from: '2026-11-23T14:04:10Z', to: '2026-11-23T14:05:50Z', fragments: 50, bytes: 1_000_000 },
        { from: '2026-11-23T14:08:00Z', to: '2026-11-23T14:09:00Z', fragments: 30, bytes: 9_000_000 },
      ],
      gaps: [],
    };
    const half = { from: START, to: START + 50 * S };
    expect(estimatedBytes(view, half), 'half of the first range, nothing of the second').toBe(500_000);
  });

  it('is timed by what was fetched, or not at all', () => {
    const fetched = (transferSize: number, duration: number): { transferSize: number; duration: number } => ({
      transferSize,
      duration,
    });
    expect(linkRate([fetched(100_000, 10)]), 'one is not telling').toBeNull();
    const small = fetched(300, 1);
    const usual = [fetched(100_000, 10), fetched(200_000, 10), fetched(100_000, 5), small];
    expect(linkRate(usual), 'the median, without what is too small to tell').toBe(20_000_000);
  });
});
