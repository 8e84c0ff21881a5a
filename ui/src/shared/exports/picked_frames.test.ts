import { describe, expect, it } from 'vitest';
import { MOST_PICKED, parsedFrames, picked, pickedWords } from './picked_frames';

const frame = (at: number, stream = 'gate'): { stream: string; at_micros: number } => ({
  stream,
  at_micros: at,
});

describe('picked frames', () => {
  it('are there once', () => {
    expect(picked([frame(1)], frame(1)).type).toBe('known');
    expect(picked([frame(1)], frame(1, 'yard')).type, 'the same instant of another camera').toBe('added');
  });

  it('end at a number that a dataset can be made of', () => {
    const many = Array.from({ length: MOST_PICKED }, (_, at) => frame(at));
    expect(picked(many, frame(MOST_PICKED)).type).toBe('full');
    expect(parsedFrames(JSON.stringify([...many, frame(MOST_PICKED)]))).toHaveLength(MOST_PICKED);
  });

  it('survive what others wrote there', () => {
    expect(parsedFrames(null)).toEqual([]);
    expect(parsedFrames('{')).toEqual([]);
    expect(parsedFrames('{"a":1}')).toEqual([]);
    expect(
      parsedFrames(JSON.stringify([frame(1), frame(1), { stream: 'gate', at_micros: 1.5 }, null, 3])),
    ).toEqual([frame(1)]);
  });

  it('are counted in words', () => {
    expect(pickedWords(1)).toBe('1 frame for a dataset');
    expect(pickedWords(12)).toBe('12 frames for a dataset');
  });
});
