import { afterEach, describe, expect, it, vi } from 'vitest';
import { camerasOfLastVisit, rememberCameras } from './last_visit';

function storage(content: string | null = null): { setItem: ReturnType<typeof vi.fn> } {
  let kept = content;
  const setItem = vi.fn((_: string, value: string) => (kept = value));
  vi.stubGlobal('localStorage', { getItem: () => kept, setItem });
  return { setItem };
}

afterEach(() => vi.unstubAllGlobals());

describe('the cameras of the last visit', () => {
  it('are kept for each recorder', () => {
    const { setItem } = storage();
    expect(camerasOfLastVisit('home'), 'a first visit').toEqual([]);
    rememberCameras('home', ['door', 'yard']);
    rememberCameras('shop', ['till']);
    expect(camerasOfLastVisit('home')).toEqual(['door', 'yard']);
    rememberCameras('shop', ['till']);
    expect(setItem, 'what is known is not written again').toHaveBeenCalledTimes(2);
  });

  it('are none where the browser keeps nonsense or nothing', () => {
    for (const content of ['{', 'null', '[]', '{"home": 7}', '{"home": [7]}']) {
      storage(content);
      expect(camerasOfLastVisit('home'), content).toEqual([]);
    }
    vi.stubGlobal('localStorage', undefined);
    rememberCameras('home', ['door']);
    expect(camerasOfLastVisit('home')).toEqual([]);
  });

  it('are no more than a wall has room for', () => {
    storage(JSON.stringify({ home: Array.from({ length: 99 }, (_, index) => `gate-${index}`) }));
    expect(camerasOfLastVisit('home').length).toBe(16);
  });
});
