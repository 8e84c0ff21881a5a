import { describe, expect, it } from 'vitest';
import { creation, problem, rangeAround, type ExportForm } from './export_form';

const START = Date.parse('2026-11-23T14:04:10.120Z') * 1000 + 7;
const S = 1e6;
const form: ExportForm = {
  kind: 'mp4',
  range: { from: START, to: START + 165 * S },
  streams: ['gate', 'yard'],
  every: '5s',
  pickedAs: 'dataset',
};
const frames = [{ stream: 'gate', at_micros: START }];

describe('the export dialogue', () => {
  it('asks for the very instants that were chosen', () => {
    expect(creation(form, []), 'six digits: frames are found by them').toEqual({
      streams: ['gate', 'yard'],
      from: '2026-11-23T14:04:10.120007Z',
      to: '2026-11-23T14:06:55.120007Z',
      format: 'mp4',
    });
  });

  it('takes a frame each so long only where single frames are asked for', () => {
    expect(creation({ ...form, kind: 'dataset' }, [])).toMatchObject({ format: 'dataset', every: '5s' });
    expect(creation({ ...form, kind: 'mkv' }, [])).not.toHaveProperty('every');
  });

  it('sends picked frames in place of a range', () => {
    expect(creation({ ...form, kind: 'picked' }, frames)).toEqual({
      format: 'dataset',
      streams: [],
      picked: frames,
    });
    expect(creation({ ...form, kind: 'picked', pickedAs: 'frames' }, frames).format).toBe('frames');
  });

  it('says what is missing before the recorder has to', () => {
    expect(problem(form, [])).toBeNull();
    expect(problem({ ...form, streams: [] }, [])).toMatch(/camera/);
    expect(problem({ ...form, range: { from: START, to: START } }, [])).toMatch(/before/);
    expect(problem({ ...form, kind: 'picked' }, [])).toMatch(/picked/);
    expect(problem({ ...form, kind: 'picked', streams: [] }, frames), 'they name their cameras').toBeNull();
  });

  it('begins around the playhead, and with nothing that is still to come', () => {
    expect(rangeAround(START, START + 60 * S)).toEqual({ from: START - 5 * S, to: START + 5 * S });
    expect(rangeAround(START, START + S)).toEqual({ from: START - 9 * S, to: START + S });
  });
});
