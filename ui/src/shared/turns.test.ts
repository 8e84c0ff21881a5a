import { describe, expect, it } from 'vitest';
import { askSome } from './turns';

describe('asking for many cameras', () => {
  it('takes a few in each turn, and all of them in the end', () => {
    const names = Array.from({ length: 9 }, (_, index) => `gate-${index}`);
    const asked = new Set<string>();
    const turns: number[] = [];
    for (let isMore = true; isMore;) {
      const before = asked.size;
      isMore = askSome(
        names,
        (name) => !asked.has(name),
        (name) => asked.add(name),
      );
      turns.push(asked.size - before);
    }
    expect(turns, 'no turn has more than four').toEqual([4, 4, 1]);
    expect([...asked], 'in their order').toEqual(names);
  });

  it('needs no further turn where nothing is due', () => {
    const asked: string[] = [];
    const isMore = askSome(
      ['door', 'yard'],
      () => false,
      (name) => asked.push(name),
    );
    expect([isMore, asked]).toEqual([false, []]);
  });
});
