import { describe, expect, it } from 'vitest';
import {
  initialState,
  LONGEST_VIEW_MICROS,
  rateOf,
  reduce,
  SHORTEST_VIEW_MICROS,
  type Command,
  type TimelineState,
} from './state';

const NOW = 1_790_000_000_000_000;
const S = 1e6;
const after = (state: TimelineState, ...commands: Command[]): TimelineState => commands.reduce(reduce, state);
const start = after(initialState(NOW), {
  type: 'recorded',
  range: { from: NOW - 3600 * S, to: NOW - 2 * S },
});

describe('the playhead', () => {
  it('is live at first, and live again when asked', () => {
    expect([start.mode, rateOf(start)]).toEqual(['live', 1]);
    const past = after(start, { type: 'seek', atMicros: NOW - 60 * S });
    expect([past.mode, past.playheadMicros, past.isPlaying], 'a click plays from there').toEqual([
      'past',
      NOW - 60 * S,
      true,
    ]);
    const back = after(past, { type: 'setSpeed', speed: 4 }, { type: 'followLive' });
    expect([back.mode, back.playheadMicros, back.speed], 'at the speed of the world').toEqual([
      'live',
      NOW,
      1,
    ]);
  });

  it('stands still on the picture that was seen when it is paused', () => {
    const paused = after(
      start,
      { type: 'tick', nowMicros: NOW + S, pictureMicros: NOW + 0.8 * S },
      { type: 'pause' },
    );
    expect([paused.mode, paused.playheadMicros, rateOf(paused)]).toEqual(['past', NOW + 0.8 * S, 0]);
    const later = after(paused, { type: 'tick', nowMicros: NOW + 9 * S, pictureMicros: NOW + 9 * S });
    expect(later.playheadMicros, 'the world goes on without it').toBe(NOW + 0.8 * S);
    expect(after(later, { type: 'togglePlay' }).mode, 'playing goes on from there').toBe('past');
  });

  it('does not go into the future', () => {
    expect(after(start, { type: 'seek', atMicros: NOW + S }).mode, 'after now is live').toBe('live');
    const past = after(start, { type: 'seek', atMicros: NOW - 3 * S }, { type: 'skip', byMicros: 5 * S });
    expect(past.mode, 'so is a skip over it').toBe('live');
  });

  it('is kept to what is recorded where that is asked', () => {
    expect(after(start, { type: 'seekClamped', atMicros: 0 }).playheadMicros).toBe(NOW - 3600 * S);
    expect(
      after(start, { type: 'seek', atMicros: 5 }).playheadMicros,
      'a plain seek shows the emptiness',
    ).toBe(5);
    expect(after(start, { type: 'first' }).playheadMicros).toBe(NOW - 3600 * S);
    const last = after(start, { type: 'last' });
    expect([last.playheadMicros, last.isPlaying], 'the last frame, standing').toEqual([NOW - 2 * S, false]);
  });

  it('is shuttled faster each time, and the other way at once', () => {
    const past = after(start, { type: 'seek', atMicros: NOW - 600 * S });
    const forward: Command = { type: 'shuttle', direction: 1 };
    const backward: Command = { type: 'shuttle', direction: -1 };
    expect(after(past, forward).speed, 'playing already: faster').toBe(2);
    expect(after(past, forward, forward, forward, forward, forward, forward).speed, 'up to 16').toBe(16);
    expect(after(past, forward, backward).speed).toBe(-1);
    expect(after(past, backward, backward).speed).toBe(-2);
    expect(after(start, forward).mode, 'live is not left forwards').toBe('live');
    expect(after(start, backward), 'backwards it is').toMatchObject({ mode: 'past', speed: -1 });
    expect(after(past, forward, { type: 'pause' }, forward).speed, 'from standing, at normal speed').toBe(1);
  });

  it('collects steps until the engine has answered', () => {
    const stepped = after(
      start,
      { type: 'step', frames: 1 },
      { type: 'step', frames: 1 },
      { type: 'step', frames: -1 },
    );
    expect(stepped).toMatchObject({ mode: 'past', isPlaying: false, pendingSteps: 1 });
    const done = after(stepped, { type: 'stepped', atMicros: NOW - 40_000 });
    expect(done).toMatchObject({ pendingSteps: 0, playheadMicros: NOW - 40_000 });
    const none = after(stepped, { type: 'stepped', atMicros: null });
    expect(none.playheadMicros, 'where no frame is, it stays').toBe(stepped.playheadMicros);
    expect(after(stepped, { type: 'play' }).pendingSteps, 'who plays does not step').toBe(0);
  });

  it('replays ten seconds', () => {
    const replay = after(start, { type: 'replay' });
    expect(replay).toMatchObject({ mode: 'past', isPlaying: true, playheadMicros: NOW - 10 * S });
  });
});

describe('the view', () => {
  it('keeps the instant under the pointer where it is when zooming', () => {
    const at = start.view.from + (start.view.to - start.view.from) * 0.3;
    const share = ({ view }: TimelineState): number => (at - view.from) / (view.to - view.from);
    let state = start;
    for (const factor of [2, 2, 2, 0.5, 3, 0.1]) {
      state = after(state, { type: 'zoomAt', atMicros: at, factor });
      expect(share(state), `after × ${factor}`).toBeCloseTo(0.3, 3);
    }
  });

  it('reaches from one frame to ten years, and no further', () => {
    let state = after(start, { type: 'seek', atMicros: NOW - 60 * S });
    for (let count = 0; count < 100; count += 1)
      state = after(state, { type: 'zoomAt', atMicros: NOW - 60 * S, factor: 2 });
    expect(state.view.to - state.view.from).toBeCloseTo(SHORTEST_VIEW_MICROS, 0);
    for (let count = 0; count < 100; count += 1)
      state = after(state, { type: 'zoomAt', atMicros: NOW - 60 * S, factor: 0.5 });
    expect(state.view.to - state.view.from).toBe(LONGEST_VIEW_MICROS);
  });

  it('shows little of the future', () => {
    const { view } = after(start, { type: 'pan', byMicros: 1e15 });
    expect((view.to - NOW) / (view.to - view.from), 'a fifth at most').toBeCloseTo(0.2, 6);
  });

  it('follows the playhead until the user looks elsewhere', () => {
    const past = after(start, { type: 'seek', atMicros: NOW - 1200 * S });
    const inSight = ({ view, playheadMicros }: TimelineState): boolean =>
      view.from <= playheadMicros && playheadMicros <= view.to;
    expect(inSight(past), 'a seek brings it into view').toBe(true);
    const run = after(past, { type: 'moved', atMicros: past.view.to + S });
    expect(inSight(run), 'playing keeps it there').toBe(true);
    const away = after(
      past,
      { type: 'pan', byMicros: -1e11 },
      { type: 'moved', atMicros: past.playheadMicros + S },
    );
    expect(inSight(away), 'who pans away is left there').toBe(false);
    const live = after(away, { type: 'followLive' });
    expect(inSight(live), 'live brings it back').toBe(true);
  });

  it('glides with live without moving what stands in it', () => {
    const later = after(start, { type: 'tick', nowMicros: NOW + 5 * S, pictureMicros: null });
    expect(later.view.from - start.view.from, 'as far as time went').toBeCloseTo(5 * S, 0);
  });
});

describe('a selection', () => {
  it('is in order whichever way it was dragged', () => {
    const state = after(start, { type: 'select', range: { from: NOW - S, to: NOW - 9 * S } });
    expect(state.selection).toEqual({ from: NOW - 9 * S, to: NOW - S });
    expect(after(state, { type: 'select', range: null }).selection).toBeNull();
  });
});

describe('in and out', () => {
  const at = (micros: number): Command => ({ type: 'seek', atMicros: NOW - 100 * S + micros });
  const range = (state: TimelineState): unknown =>
    state.selection && [state.selection.from - NOW + 100 * S, state.selection.to - NOW + 100 * S];

  it('make a selection, whichever comes first', () => {
    const inward = after(start, at(10 * S), { type: 'markIn' }, at(30 * S), { type: 'markOut' });
    expect(range(inward)).toEqual([10 * S, 30 * S]);
    expect(inward.mark, 'nothing is left over').toBeNull();
    const outward = after(start, at(30 * S), { type: 'markOut' }, at(10 * S), { type: 'markIn' });
    expect(range(outward)).toEqual([10 * S, 30 * S]);
  });

  it('alone are a mark, not a guess of the other end', () => {
    const marked = after(start, at(10 * S), { type: 'markIn' });
    expect([marked.selection, marked.mark?.edge]).toEqual([null, 'in']);
    expect(after(marked, { type: 'select', range: null }).mark, 'X clears it too').toBeNull();
  });

  it('trim what is selected, and begin anew where that would turn it around', () => {
    const selected = after(start, at(10 * S), { type: 'markIn' }, at(30 * S), { type: 'markOut' });
    expect(range(after(selected, at(20 * S), { type: 'markIn' }))).toEqual([20 * S, 30 * S]);
    const beyond = after(selected, at(40 * S), { type: 'markIn' });
    expect([beyond.selection, beyond.mark?.edge]).toEqual([null, 'in']);
  });
});
