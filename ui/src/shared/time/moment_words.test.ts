import { describe, expect, it } from 'vitest';
import { moment } from './format';
import { withLocalTimes } from './moment_words';

describe('the recorder’s sentences', () => {
  it('have their instants in the zone of the screen', () => {
    const [from, now] = [
      Date.parse('2026-11-23T14:05:42.360Z') * 1000,
      Date.parse('2026-11-23T18:00:00Z') * 1000,
    ];
    expect(
      withLocalTimes('nothing of `gate` from 2026-11-23T14:05:42.360Z to 2026-11-23T15:05:42.360+01:00', now),
    ).toBe(`nothing of \`gate\` from ${moment(from, now)} to ${moment(from, now)}`);
    expect(withLocalTimes('3 picked frames of 2026 are not recorded', now), 'other figures stay').toBe(
      '3 picked frames of 2026 are not recorded',
    );
  });
});
