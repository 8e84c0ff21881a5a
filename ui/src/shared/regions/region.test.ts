import { describe, expect, it } from 'vitest';
import {
  parsedZones,
  regionBetween,
  regionText,
  shifted,
  stretched,
  zoneForgotten,
  zoneKept,
} from './region';

describe('a region of a picture', () => {
  it('is the same whichever way it was drawn, and stays inside', () => {
    const region = { x: 0.2, y: 0.1, width: 0.3, height: 0.4 };
    expect(regionBetween({ x: 0.2, y: 0.1 }, { x: 0.5, y: 0.5 })).toEqual(region);
    expect(regionBetween({ x: 0.5, y: 0.5 }, { x: 0.2, y: 0.1 })).toEqual(region);
    expect(regionBetween({ x: -3, y: 0.5 }, { x: 9, y: 2 })).toEqual({ x: 0, y: 0.5, width: 1, height: 0.5 });
    expect(regionBetween({ x: 0.5, y: 0.5 }, { x: 0.501, y: 0.9 }), 'a click draws nothing').toBeNull();
  });

  it('is moved and stretched by keys, never out of the picture', () => {
    const region = { x: 0.8, y: 0.8, width: 0.2, height: 0.1 };
    expect(shifted(region, 0.5, 0.05)).toEqual({ ...region, y: 0.85 });
    expect(stretched(region, 0.5, 0.5)).toEqual({ ...region, height: 0.2 });
    expect(stretched(region, -1, 0).width, 'something is left').toBe(0.02);
  });

  it('is asked for in shares', () => {
    expect(regionText({ x: 0.25, y: 0, width: 0.5, height: 1 })).toBe('0.25,0,0.5,1');
  });
});

describe('zones', () => {
  const region = { x: 0, y: 0, width: 0.5, height: 0.5 };
  const door = { name: 'Door', region };

  it('belong to a camera and have one name each', () => {
    const zones = zoneKept(zoneKept({}, 'gate', door), 'gate', {
      name: 'Door',
      region: { ...region, x: 0.5 },
    });
    expect(zones['gate'], 'the later one of a name').toEqual([
      { name: 'Door', region: { ...region, x: 0.5 } },
    ]);
    expect(zoneForgotten(zones, 'gate', 'Door')['gate']).toEqual([]);
  });

  it('are read back as far as they make sense', () => {
    const saved = { gate: [door, { name: '' }, { name: 'x', region: { x: 'left' } }, 3], yard: 'no' };
    expect(parsedZones(saved)).toEqual({ gate: [door] });
    expect(parsedZones(null)).toEqual({});
  });
});
