import { describe, expect, it } from 'vitest';
import type { FragmentList, FragmentView } from '$backend/types';
import { planFetch, type FetchSituation } from './fetch_planner';
import { FragmentIndex } from './fragment_index';
import { PictureWindow } from './picture_window';
import { openPictures, pictureAt } from '../fixtures/memory_decoder';

const S = 1e6;

const view = (number: number, from: number, to: number, independent = true): FragmentView => ({
  number,
  segment: 1,
  from: '',
  to: '',
  from_micros: from * S,
  duration_micros: (to - from) * S,
  independent,
  bytes: 1_000,
  producer_timestamp: null,
  server_timestamp: '',
});

const answer = (fragments: FragmentView[], more = false): FragmentList => ({
  stream: 'door',
  fragments,
  segments: [],
  more,
});

const row = (count: number): FragmentView[] =>
  Array.from({ length: count }, (_, n) => view(n, n * 2, n * 2 + 2));

describe('fragment index', () => {
  it('knows a gap from what it has not asked for', () => {
    const index = new FragmentIndex();
    expect(index.locate(5 * S).kind, 'nothing was asked yet').toBe('unknown');
    index.add({ from: 0, to: 20 * S }, answer([view(1, 0, 4), view(2, 10, 14)]), 100 * S);
    expect(index.locate(3 * S)).toMatchObject({ kind: 'fragment', fragment: { number: 1 } });
    expect(index.locate(7 * S).kind, 'between two fragments nothing was recorded').toBe('nothing');
    expect(index.locate(10 * S), 'a fragment holds its first instant').toMatchObject({
      fragment: { number: 2 },
    });
    expect(index.locate(14 * S).kind, 'and not its last').toBe('nothing');
    expect(index.locate(21 * S).kind, 'beyond the question').toBe('unknown');
  });

  it('is not sure of what may still be written', () => {
    const index = new FragmentIndex();
    index.add({ from: 0, to: 100 * S }, answer([view(1, 0, 10)]), 5 * S);
    expect(index.locate(11 * S).kind, 'the open fragment is not listed yet').toBe('unknown');
    index.add({ from: 10 * S, to: 100 * S }, answer([view(2, 10, 20)]), 15 * S);
    expect(index.locate(11 * S), 'it is there when it is finished').toMatchObject({
      fragment: { number: 2 },
    });
  });

  it('goes on where an answer was cut short', () => {
    const index = new FragmentIndex();
    index.add({ from: 0, to: 100 * S }, answer([view(1, 0, 10)], true), 100 * S);
    expect(index.firstUnknown({ from: 0, to: 100 * S }), 'ask again from the last one’s end').toBe(10 * S);
  });

  it('forgets what the recorder has deleted', () => {
    const index = new FragmentIndex();
    index.add({ from: 0, to: 10 * S }, answer([view(1, 0, 4), view(2, 4, 8)]), 100 * S);
    index.add({ from: 0, to: 10 * S }, answer([view(2, 4, 8)]), 100 * S);
    expect(index.locate(1 * S).kind, 'it was listed before and is not now').toBe('nothing');
    expect(index.neighbour(2, -1), 'nothing is before it').toBeNull();
  });

  it('stays small over a long watch', () => {
    const index = new FragmentIndex();
    for (let hour = 0; hour < 12; hour += 1) {
      const list = Array.from({ length: 1800 }, (_, n) =>
        view(hour * 1800 + n, hour * 3600 + n * 2, hour * 3600 + n * 2 + 2),
      );
      index.add({ from: hour * 3600 * S, to: (hour + 1) * 3600 * S }, answer(list), Infinity);
      index.trim((hour + 0.9) * 3600 * S);
    }
    expect(index.fragments.length, 'far fragments are forgotten').toBeLessThan(7_900);
    expect(index.locate(10 * S).kind, 'and known as unknown').toBe('unknown');
    expect(index.locate(11.9 * 3600 * S).kind, 'near ones are kept').toBe('fragment');
  });
});

describe('fetch planner', () => {
  const situation = (change: Partial<FetchSituation>): FetchSituation => ({
    playheadMicros: 20 * S,
    rate: 1,
    fragments: row(40),
    loaded: new Set(),
    inFlight: new Set(),
    budgetBytes: 10_000,
    ...change,
  });

  it('fetches what is needed first, first', () => {
    expect(planFetch(situation({})).fetch, 'the playhead’s own, then the way ahead').toEqual([10, 11, 9]);
    expect(planFetch(situation({ rate: -1 })).fetch, 'backwards, the way behind').toEqual([10, 9, 8]);
    const fast = planFetch(situation({ rate: 16, loaded: new Set([10, 11, 12]) }));
    expect(fast.fetch, 'farther ahead when fast').toEqual([13, 14, 15]);
  });

  it('asks for few at once and gives up what is not wanted any more', () => {
    const plan = planFetch(situation({ inFlight: new Set([10, 30]) }));
    expect(plan.fetch.length, 'three at once, two are under way').toBe(1);
    expect(plan.cancel, 'the playhead has gone elsewhere').toEqual([30]);
  });

  it('brings the fragments that a cut GOP is decoded from', () => {
    const fragments = [view(1, 0, 10), view(2, 10, 20, false), view(3, 20, 30, false)];
    const plan = planFetch(situation({ fragments, rate: 0, playheadMicros: 25 * S }));
    expect(plan.fetch, 'from the key frame on').toEqual([1, 2, 3]);
  });

  it('keeps to its budget and never drops what is wanted', () => {
    const loaded = new Set(row(40).map((fragment) => fragment.number));
    const plan = planFetch(situation({ loaded, budgetBytes: 5_000 }));
    const kept = [...loaded].filter((number) => !plan.drop.includes(number));
    expect(kept.length, 'five fragments of a thousand bytes').toBe(5);
    expect(kept, 'the playhead’s own and the way ahead among them').toEqual(expect.arrayContaining([10, 11]));
    const tight = planFetch(situation({ loaded, budgetBytes: 0 }));
    expect(tight.drop, 'even without any budget').not.toContain(10);
  });
});

describe('picture window', () => {
  it('keeps the nearest pictures and closes the others', () => {
    openPictures.clear();
    const window = new PictureWindow(4);
    window.aim(100, 'forward', 4, new Set());
    for (const at of [80, 90, 100, 110, 120, 130]) window.put(pictureAt(at));
    expect(
      [80, 90, 100, 110, 120, 130].filter((at) => window.has(at)),
      'what comes is worth more',
    ).toEqual([100, 110, 120, 130]);
    expect(openPictures.size, 'nothing else is left open').toBe(4);
    window.clear();
    expect(openPictures.size, 'cleared means closed').toBe(0);
  });

  it('never puts out what is wanted', () => {
    const window = new PictureWindow(2);
    window.aim(1_000, 'forward', 2, new Set([10]));
    for (const at of [10, 990, 1_000, 1_010]) window.put(pictureAt(at));
    expect(window.has(10), 'a key frame long before the playhead, when winding').toBe(true);
    window.clear();
  });
});
