/**
 * The console's one playhead as a pure reducer of commands.
 *
 * Belongs here: what each command means. Keyboard, buttons, the timeline, tests and the playback
 * engine all send the same commands. Not here: pictures, pixels, the recorder.
 * Invariant: `view.to - view.from` stays within {@link SHORTEST_VIEW_MICROS} and
 * {@link LONGEST_VIEW_MICROS}; in live mode the playhead is the newest picture's instant.
 */
import type { TimeRange } from '$backend/backend';

export type Speed = number;

/** Forwards; each also backwards. */
export const SPEEDS: readonly Speed[] = [0.25, 0.5, 1, 2, 4, 8, 16];

const SECOND = 1e6;
const YEAR = 365.25 * 86_400 * SECOND;

/** One frame of a 25 fps camera fills a fifth of the width. */
export const SHORTEST_VIEW_MICROS = 0.2 * SECOND;
export const LONGEST_VIEW_MICROS = 11 * YEAR;
/** While it follows, the playhead stands here in the view. */
const LIVE_PLACE = 0.92;
const FOLLOW_LIMIT = 0.96;
const FOLLOW_BACK = 0.04;
/** What is shown at first: the shortest of these that holds all there is, or the last. */
const FIRST_SPANS = [60 * SECOND, 120 * SECOND, 300 * SECOND, 600 * SECOND] as const;
const REPLAY_MICROS = 10 * SECOND;

/** One end of a selection whose other end is still to be set. */
export interface Mark {
  readonly edge: 'in' | 'out';
  readonly atMicros: number;
}

export interface TimelineState {
  readonly mode: 'live' | 'past';
  readonly playheadMicros: number;
  readonly isPlaying: boolean;
  /** Negative plays backwards. Meant for the past; live is always 1. */
  readonly speed: Speed;
  readonly view: TimeRange;
  /** The view moves with the playhead until the user moves it away. */
  readonly isFollowing: boolean;
  /** Nobody has chosen the span yet, so that of a young archive may grow with it. */
  readonly isFitted: boolean;
  readonly selection: TimeRange | null;
  /** Never beside a selection. */
  readonly mark: Mark | null;
  /** Frames still to be stepped; the engine knows where frames are and answers with `stepped`. */
  readonly pendingSteps: number;
  readonly nowMicros: number;
  /** From the first to the last recorded instant of what is shown. */
  readonly recorded: TimeRange | null;
}

export type Command =
  | { readonly type: 'seek'; readonly atMicros: number }
  /** As `seek`, but never before the first or after the last recorded instant. */
  | { readonly type: 'seekClamped'; readonly atMicros: number }
  | { readonly type: 'skip'; readonly byMicros: number }
  | { readonly type: 'play' }
  | { readonly type: 'pause' }
  | { readonly type: 'togglePlay' }
  | { readonly type: 'followLive' }
  | { readonly type: 'setSpeed'; readonly speed: Speed }
  /** Once plays that way, again faster. */
  | { readonly type: 'shuttle'; readonly direction: 1 | -1 }
  | { readonly type: 'step'; readonly frames: number }
  | { readonly type: 'stepped'; readonly atMicros: number | null }
  /** The last ten seconds again. */
  | { readonly type: 'replay' }
  | { readonly type: 'first' }
  | { readonly type: 'last' }
  | { readonly type: 'zoomAt'; readonly atMicros: number; readonly factor: number }
  | { readonly type: 'pan'; readonly byMicros: number }
  | { readonly type: 'showRange'; readonly range: TimeRange }
  | { readonly type: 'select'; readonly range: TimeRange | null }
  /** An end of the selection, at the playhead. */
  | { readonly type: 'markIn' }
  | { readonly type: 'markOut' }
  /** The engine's own: the playhead ran on by itself. */
  | { readonly type: 'moved'; readonly atMicros: number }
  /** Time went by. In live the playhead is the instant of the lead's picture, where there is one. */
  | { readonly type: 'tick'; readonly nowMicros: number; readonly pictureMicros: number | null }
  | { readonly type: 'recorded'; readonly range: TimeRange | null };

export function initialState(nowMicros: number): TimelineState {
  const span = FIRST_SPANS[0];
  return {
    mode: 'live',
    playheadMicros: nowMicros,
    isPlaying: true,
    speed: 1,
    view: { from: nowMicros - span * LIVE_PLACE, to: nowMicros + span * (1 - LIVE_PLACE) },
    isFollowing: true,
    isFitted: true,
    selection: null,
    mark: null,
    pendingSteps: 0,
    nowMicros,
    recorded: null,
  };
}

/** Media seconds per second that the engine should run at. */
export const rateOf = (state: TimelineState): number =>
  state.mode === 'live' ? 1 : state.isPlaying ? state.speed : 0;

export function reduce(state: TimelineState, command: Command): TimelineState {
  switch (command.type) {
    case 'seek':
      return seek(state, command.atMicros);
    case 'seekClamped':
      return seek(state, clampToRecorded(state, command.atMicros));
    case 'skip':
      return seek(state, clampToRecorded(state, state.playheadMicros + command.byMicros));
    case 'play':
      return { ...state, isPlaying: true, pendingSteps: 0 };
    case 'pause':
      return { ...state, mode: 'past', isPlaying: false, speed: 1 };
    case 'togglePlay':
      return reduce(state, { type: state.isPlaying ? 'pause' : 'play' });
    case 'followLive':
      return followLive(state);
    case 'setSpeed':
      return setSpeed(state, command.speed);
    case 'shuttle':
      return setSpeed(state, shuttled(state, command.direction));
    case 'step':
      return {
        ...state,
        mode: 'past',
        isPlaying: false,
        speed: 1,
        isFollowing: true,
        pendingSteps: Math.max(-50, Math.min(50, state.pendingSteps + command.frames)),
      };
    case 'stepped':
      if (command.atMicros === null) return { ...state, pendingSteps: 0 };
      return inView({ ...state, playheadMicros: command.atMicros, pendingSteps: 0 });
    case 'replay':
      return {
        ...seek(state, clampToRecorded(state, state.playheadMicros - REPLAY_MICROS)),
        isPlaying: true,
        speed: 1,
      };
    case 'first':
      return state.recorded === null ? state : seek(state, state.recorded.from);
    case 'last':
      return state.recorded === null ? state : seek({ ...state, isPlaying: false }, state.recorded.to);
    case 'zoomAt':
      return { ...state, isFitted: false, view: zoomed(state, command.atMicros, command.factor) };
    case 'pan':
      return { ...state, isFollowing: false, isFitted: false, view: panned(state, command.byMicros) };
    case 'showRange':
      return { ...state, isFollowing: false, isFitted: false, view: widened(command.range) };
    case 'select':
      return { ...state, mark: null, selection: command.range === null ? null : ordered(command.range) };
    case 'markIn':
      return marked(state, { edge: 'in', atMicros: state.playheadMicros });
    case 'markOut':
      return marked(state, { edge: 'out', atMicros: state.playheadMicros });
    case 'moved':
      return state.mode === 'live' ? state : inView({ ...state, playheadMicros: command.atMicros });
    case 'tick':
      return tick(state, command.nowMicros, command.pictureMicros);
    case 'recorded':
      return fitted({ ...state, recorded: command.range });
  }
}

function seek(state: TimelineState, atMicros: number): TimelineState {
  if (atMicros >= state.nowMicros) return followLive(state);
  return inView({
    ...state,
    mode: 'past',
    playheadMicros: Math.round(atMicros),
    speed: state.mode === 'live' ? 1 : state.speed,
    isFollowing: true,
    pendingSteps: 0,
  });
}

function followLive(state: TimelineState): TimelineState {
  return inView({
    ...state,
    mode: 'live',
    playheadMicros: state.nowMicros,
    isPlaying: true,
    speed: 1,
    isFollowing: true,
    pendingSteps: 0,
  });
}

function setSpeed(state: TimelineState, speed: Speed): TimelineState {
  // Live can't run faster than the world; slower or backwards leaves it.
  if (state.mode === 'live' && speed >= 1) return state;
  return { ...state, mode: 'past', speed, isPlaying: true, isFollowing: true, pendingSteps: 0 };
}

function shuttled(state: TimelineState, direction: 1 | -1): Speed {
  const isRunningThatWay = state.isPlaying && Math.sign(state.speed) === direction;
  if (!isRunningThatWay || state.mode === 'live') return direction;
  const faster = SPEEDS.find((speed) => speed > Math.abs(state.speed)) ?? Math.abs(state.speed);
  return direction * faster;
}

function tick(state: TimelineState, nowMicros: number, pictureMicros: number | null): TimelineState {
  if (state.mode === 'past') return { ...state, nowMicros };
  return inView({ ...state, nowMicros, playheadMicros: pictureMicros ?? nowMicros });
}

function clampToRecorded(state: TimelineState, atMicros: number): number {
  if (state.recorded === null) return atMicros;
  return Math.min(Math.max(atMicros, state.recorded.from), Math.max(state.recorded.to, state.nowMicros));
}

/** Ends meet in a selection; one that would turn it around begins a new one. */
function marked(state: TimelineState, mark: Mark): TimelineState {
  const { selection } = state;
  const other =
    selection !== null ? (mark.edge === 'in' ? selection.to : selection.from) : otherEnd(state, mark);
  if (other === null) return { ...state, selection: null, mark };
  const range = mark.edge === 'in' ? { from: mark.atMicros, to: other } : { from: other, to: mark.atMicros };
  return range.from < range.to
    ? { ...state, selection: range, mark: null }
    : { ...state, selection: null, mark };
}

const otherEnd = (state: TimelineState, { edge }: Mark): number | null =>
  state.mark !== null && state.mark.edge !== edge ? state.mark.atMicros : null;

/** Moves the view so that the playhead stays in it, if it follows. */
function inView(state: TimelineState): TimelineState {
  if (!state.isFollowing) return state;
  const { from, to } = state.view;
  const span = to - from;
  const place = (state.playheadMicros - from) / span;
  if (state.mode === 'live') {
    // Glides along; does not jump back when the user has zoomed around another place.
    if (place >= 0 && place <= LIVE_PLACE) return state;
    return { ...state, view: spanned(state.playheadMicros - span * LIVE_PLACE, span) };
  }
  if (place > 1 || place < 0) return { ...state, view: spanned(state.playheadMicros - span / 2, span) };
  if (state.isPlaying && state.speed > 0 && place > FOLLOW_LIMIT) {
    return { ...state, view: spanned(state.playheadMicros - span * FOLLOW_LIMIT, span) };
  }
  if (state.isPlaying && state.speed < 0 && place < FOLLOW_BACK) {
    return { ...state, view: spanned(state.playheadMicros - span * FOLLOW_BACK, span) };
  }
  return state;
}

/** A young archive is shown whole: in steps, so that nothing creeps. */
function fitted(state: TimelineState): TimelineState {
  if (!state.isFitted || state.mode === 'past' || state.recorded === null) return state;
  const age = state.nowMicros - state.recorded.from;
  const span = FIRST_SPANS.find((candidate) => candidate * LIVE_PLACE * 0.95 >= age) ?? FIRST_SPANS[3];
  if (Math.abs(state.view.to - state.view.from - span) < SECOND) return state;
  return { ...state, view: spanned(state.playheadMicros - span * LIVE_PLACE, span) };
}

const spanned = (from: number, span: number): TimeRange => ({ from, to: from + span });

const ordered = ({ from, to }: TimeRange): TimeRange => ({
  from: Math.min(from, to),
  to: Math.max(from, to),
});

function widened(range: TimeRange): TimeRange {
  const { from, to } = ordered(range);
  const span = Math.min(LONGEST_VIEW_MICROS, Math.max(SHORTEST_VIEW_MICROS, to - from));
  return spanned((from + to) / 2 - span / 2, span);
}

/** The instant under the pointer stays under the pointer. */
function zoomed(state: TimelineState, atMicros: number, factor: number): TimeRange {
  const { from, to } = state.view;
  const span = Math.min(LONGEST_VIEW_MICROS, Math.max(SHORTEST_VIEW_MICROS, (to - from) / factor));
  const share = (atMicros - from) / (to - from);
  return reachable(state, spanned(atMicros - span * share, span));
}

const panned = (state: TimelineState, byMicros: number): TimeRange =>
  reachable(state, { from: state.view.from + byMicros, to: state.view.to + byMicros });

/** The future holds nothing: at most the rightmost fifth of the view may show it. */
function reachable(state: TimelineState, view: TimeRange): TimeRange {
  const span = view.to - view.from;
  const latest = state.nowMicros + span * 0.2;
  return view.to > latest ? spanned(latest - span, span) : view;
}
