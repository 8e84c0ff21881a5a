import { describe, expect, it } from 'vitest';
import { grouped, parsedGroups, sortedIntoGroups, worstOf } from './groups';

describe('groups of cameras', () => {
  const groups = grouped(grouped(grouped({}, 'gate', 'Outside'), 'yard', ' Outside '), 'hall', 'Inside');

  it('have each camera once', () => {
    const moved = grouped(groups, 'yard', 'Inside');
    expect(sortedIntoGroups(moved, ['gate', 'yard', 'hall', 'shop'])).toEqual({
      groups: [
        { name: 'Inside', cameras: ['yard', 'hall'] },
        { name: 'Outside', cameras: ['gate'] },
      ],
      alone: ['shop'],
    });
  });

  it('are gone with their last camera', () => {
    expect(sortedIntoGroups(grouped(groups, 'hall', ' '), ['gate', 'yard', 'hall'])).toEqual({
      groups: [{ name: 'Outside', cameras: ['gate', 'yard'] }],
      alone: ['hall'],
    });
    expect(sortedIntoGroups(groups, ['hall']).groups.length, 'those of deleted cameras are not shown').toBe(
      1,
    );
  });

  it('tell the state of the camera that is worst off', () => {
    expect(worstOf(['recording', 'recording'])).toBe('recording');
    expect(worstOf(['stopped', 'retrying', 'recording']), 'a fault is louder than a wish').toBe('retrying');
    expect(worstOf(['recording', 'connecting', 'stopped'])).toBe('connecting');
  });

  it('are read back with care', () => {
    expect(parsedGroups({ gate: 'Outside', yard: 7, hall: ' ' })).toEqual({ gate: 'Outside' });
    expect(parsedGroups(['gate']), 'not a list').toEqual({});
    expect(parsedGroups(null)).toEqual({});
  });
});
