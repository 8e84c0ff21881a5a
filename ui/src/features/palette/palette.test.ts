import { describe, expect, it } from 'vitest';
import { found, pieces, type Entry } from './entries';
import { fuzzy } from './fuzzy';

const entry = (title: string, kind: Entry['kind'] = 'Command'): Entry => ({
  id: title,
  kind,
  title,
  chord: null,
  perform: () => {},
});

const ENTRIES = [
  entry('Play or pause'),
  entry('Save the frame on screen'),
  entry('Full screen'),
  entry('Settings'),
  entry('yard_gate', 'Camera'),
  entry('Two by two', 'Layout'),
];

const titles = (query: string): string[] => found(query, ENTRIES, null).map(({ entry: { title } }) => title);

describe('the palette', () => {
  it('offers everything as long as nothing is typed', () => {
    expect(titles('')).toEqual(ENTRIES.map(({ title }) => title));
  });

  it('finds by letters in order, the beginnings of words first', () => {
    expect(titles('fs')[0]).toBe('Full screen');
    expect(titles('yg')[0]).toBe('yard_gate');
    expect(titles('set')[0]).toBe('Settings');
    expect(titles('zzz')).toEqual([]);
  });

  it('understands what kind of thing is meant', () => {
    expect(titles('layout two')).toEqual(['Two by two']);
    expect(titles('camera yard')).toEqual(['yard_gate']);
  });

  it('puts a time that it understood first', () => {
    const time = entry('Go to yesterday 14:05', 'Time');
    expect(found('yesterday 14:05', ENTRIES, time)[0]?.entry).toBe(time);
  });

  it('sets off what was typed', () => {
    const places = fuzzy('fs', 'Full screen')?.places ?? [];
    expect(pieces('Full screen', places)).toEqual([
      { text: 'F', isMeant: true },
      { text: 'ull ', isMeant: false },
      { text: 's', isMeant: true },
      { text: 'creen', isMeant: false },
    ]);
  });
});
