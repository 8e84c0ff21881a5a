import { afterEach, describe, expect, it } from 'vitest';
import { calendarDay, clock, moment, zone } from './format';
import { isZone, timeZone } from './zone.svelte';

const micros = (text: string): number => Date.parse(text) * 1000;

describe('the zone that is shown', () => {
  afterEach(() => timeZone.choose(null));

  it('turns every clock, and names itself', () => {
    timeZone.choose('Asia/Kathmandu');
    expect(clock(micros('2026-11-23T20:00:00Z')), 'three quarters of an hour count').toBe('01:45:00');
    expect(calendarDay(micros('2026-11-23T20:00:00Z')), 'and the day with it').toBe('Tue 24 Nov 2026');
    timeZone.choose('UTC');
    expect(clock(micros('2026-11-23T20:00:00Z'))).toBe('20:00:00');
    expect(zone(micros('2026-11-23T20:00:00Z'))).toBe('UTC');
  });

  it('knows when its clock is put back', () => {
    timeZone.choose('Europe/Berlin');
    expect(clock(micros('2026-10-25T00:59:59Z'))).toBe('02:59:59');
    expect(clock(micros('2026-10-25T01:00:00Z')), 'the hour comes twice').toBe('02:00:00');
  });

  it('says the day only where it is another one there', () => {
    timeZone.choose('Pacific/Auckland');
    const now = micros('2026-11-23T12:00:00Z');
    expect(moment(micros('2026-11-23T11:30:00Z'), now)).toBe('00:30:00');
    expect(moment(micros('2026-11-23T10:30:00Z'), now), 'before midnight there').toBe('23 Nov 23:30:00');
  });

  it('refuses what is no zone', () => {
    expect(isZone('Middle/Earth')).toBe(false);
    timeZone.choose('Middle/Earth');
    expect(timeZone.name).toBeNull();
  });
});
