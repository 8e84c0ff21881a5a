import { describe, expect, it } from 'vitest';
import type { ExportView } from '$backend/types';
import {
  endWords,
  missingWords,
  namesOf,
  percent,
  stateWords,
  verifiedWords,
  waitWords,
} from './export_words';

const one: ExportView = {
  id: 3,
  streams: ['gate'],
  from_micros: 0,
  to_micros: 10e6,
  format: 'mp4',
  state: 'running',
  progress: 0.999,
  bytes: 2_500_000,
  files: [],
  folder: '',
  created: '2026-11-23T14:00:00Z',
  failure: null,
};

describe('an export in words', () => {
  it('is never quite done before it is', () => {
    expect(percent(0.9999)).toBe(99);
    expect(percent(1)).toBe(100);
    expect(stateWords(one)).toBe('99 % · 2.5 MB');
    expect(stateWords({ ...one, state: 'done' }), 'it was made, and there was nothing').toBe(
      'Nothing was recorded',
    );
  });

  it('says how much is missing', () => {
    const of = (missing: number, recorded: number): string | null =>
      missingWords({ bytes: 1, seconds: 1, missing_micros: missing, recorded_micros: recorded });
    expect(of(0, 10e6)).toBeNull();
    expect(of(20_000, 10e6), 'less than a frame').toBeNull();
    expect(of(150e6, 450e6)).toBe('2 min 30 s of it is missing (25 %) and is left out.');
    expect(of(1e6, 1_000e6)).toMatch(/less than 1 %/);
    expect(of(10e6, 0)).toMatch(/^Nothing/);
  });

  it('does not pretend to know seconds', () => {
    expect(waitWords(0.4)).toBe('a moment');
    expect(waitWords(3.2)).toBe('about 4 s');
    expect(waitWords(95)).toBe('about 1 min 35 s');
  });

  it('names its cameras shortly', () => {
    expect(namesOf(['gate'])).toBe('gate');
    expect(namesOf(['gate', 'yard'])).toBe('gate and yard');
    expect(namesOf(['gate', 'yard', 'door'])).toBe('gate and 2 more');
  });

  it('tells what verifying found', () => {
    expect(verifiedWords({ whole: true, findings: [] }, 1)).toBe('The file is what was written.');
    expect(verifiedWords({ whole: false, findings: ['gate.mp4 is another one.'] }, 2)).toBe(
      'gate.mp4 is another one.',
    );
  });

  it('tells somebody who looks elsewhere why it failed', () => {
    expect(endWords({ ...one, state: 'failed', failure: 'The disk is full.' })).toBe(
      'The export of gate failed. The disk is full.',
    );
  });
});
