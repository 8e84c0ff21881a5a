/**
 * The playback engine: all tiles on one playhead, live or in the past.
 *
 * Belongs here: the beat. Each beat moves the playhead, asks every tile's source for its picture
 * and paints. Not here: what a source does, what commands mean ({@link $shared/timeline/state}).
 * Invariant: while it plays, the playhead waits for the slowest tile that has footage, so no two
 * tiles are more than a frame apart; a tile that stays late for {@link PATIENCE_MS} is let go.
 */
import { FrameClock } from './frame_clock';
import type { LiveSource, PastSource } from './source';
import type { Picture } from './picture';
import type { Sound } from './sound/sound';

/** The playhead as the user has set it. */
export interface Transport {
  readonly mode: 'live' | 'past';
  readonly playheadMicros: number;
  /** Media seconds per second; 0 while it stands. */
  readonly rate: number;
  /** Frames still to be stepped; the lead stream's frames count. */
  readonly pendingSteps: number;
  readonly lead: string | null;
}

export interface PlayerHost {
  transport(): Transport;
  /** The recorder's time, microseconds. */
  now(): number;
  /** The playhead ran on. */
  moved(atMicros: number): void;
  /** The pending steps lead here; null when there is no such frame. */
  stepped(atMicros: number | null): void;
  /** Nothing is recorded here in any tile. */
  ranOut(atMicros: number, direction: 1 | -1): void;
  /** Playing has caught up with now. */
  reachedLive(): void;
}

export interface Sources {
  live(stream: string, wake: () => void): LiveSource;
  past(stream: string, wake: () => void): PastSource;
}

export interface ShownFrame {
  readonly mode: 'live' | 'past';
  readonly atMicros: number;
  readonly fragment: number | null;
  readonly sample: number | null;
}

export type TileState =
  | 'connecting'
  | 'playing'
  /** Live, and no frame for three seconds. */
  | 'stale'
  | 'loading'
  | 'paused'
  /** Nothing was recorded at the playhead. */
  | 'nothing'
  /** Sound was recorded there, and no picture. */
  | 'sound'
  | 'failed';

export interface TileStatus {
  readonly state: TileState;
  readonly mode: 'live' | 'past';
  /** Why, where it is known. */
  readonly message: string | null;
  /** How old a live picture is when it is painted. */
  readonly latencyMs: number | null;
  /** When the last live frame was painted, by `performance.now()`. */
  readonly lastFrameMs: number | null;
  readonly retryAtMs: number | null;
}

/** What a tile on the wall gives to the engine. */
export interface Surface {
  readonly stream: string;
  paint(picture: Picture, frame: ShownFrame): void;
  /** Takes the picture away: what was shown has nothing to do with the playhead. */
  blank(): void;
  status(status: TileStatus): void;
}

interface Tile {
  readonly surface: Surface;
  live: LiveSource | null;
  past: PastSource | null;
  status: TileStatus;
  shown: ShownFrame | null;
  lateSinceMs: number | null;
  openedMs: number;
  toldMs: number;
}

const PICTURELESS: ReadonlySet<TileState> = new Set(['nothing', 'sound', 'failed']);
const TELL_MS = 300;
const STALE_MS = 3_000;
const PATIENCE_MS = 5_000;
/** At 1×: what is shown farther from the playhead was left by a jump; the next picture comes as it is ready. */
const BESIDE_MICROS = 400_000;
const LIVE_EDGE_MICROS = 400_000;
/** A tile that waits longer than this says so. */
const LOADING_SHOWN_MS = 250;

export class Player {
  readonly #host: PlayerHost;
  readonly #sources: Sources;
  readonly #sound: Sound | null;
  readonly #clock = new FrameClock();
  readonly #tiles = new Set<Tile>();
  /** Opened for tiles that are still to come, by stream. */
  readonly #expected = new Map<string, LiveSource>();
  #beat: number | null = null;
  #pulse: ReturnType<typeof setInterval> | null = null;
  #held = false;

  /** Without `sound` it is silent. */
  constructor(host: PlayerHost, sources: Sources, sound: Sound | null = null) {
    this.#host = host;
    this.#sources = sources;
    this.#sound = sound;
  }

  /**
   * Opens the live pictures of tiles that are still to come, so that they need not wait for a connection;
   * closes those that were expected and are not any more.
   */
  expect(streams: readonly string[]): void {
    const wanted = this.#host.transport().mode === 'live' ? streams : [];
    for (const [stream, source] of this.#expected) {
      if (wanted.includes(stream)) continue;
      source.close();
      this.#expected.delete(stream);
    }
    for (const stream of wanted) {
      if (this.#expected.has(stream) || this.#tileOf(stream) !== null) continue;
      this.#expected.set(stream, this.#sources.live(stream, this.wake));
    }
  }

  /** Shows a stream on a surface until the answer is called. */
  attach(surface: Surface): () => void {
    const status: TileStatus = {
      state: 'connecting',
      mode: this.#host.transport().mode,
      message: null,
      latencyMs: null,
      lastFrameMs: null,
      retryAtMs: null,
    };
    const tile: Tile = {
      surface,
      live: null,
      past: null,
      status,
      shown: null,
      lateSinceMs: null,
      openedMs: performance.now(),
      toldMs: 0,
    };
    this.#tiles.add(tile);
    surface.status(status);
    this.#pulse ??= setInterval(() => this.wake(), 500);
    this.wake();
    return () => {
      tile.live?.close();
      tile.past?.close();
      this.#tiles.delete(tile);
      if (this.#tiles.size === 0 && this.#pulse !== null) {
        clearInterval(this.#pulse);
        this.#pulse = null;
        this.#sound?.stop();
      }
    };
  }

  /** The instant of the live picture that stands on a stream's tile; null where there is none. */
  liveFrameAt(stream: string): number | null {
    for (const { surface, shown } of this.#tiles) {
      if (surface.stream === stream && shown?.mode === 'live') return shown.atMicros;
    }
    return null;
  }

  /** The instant of the very frame that stands on a stream's tile; null where there is none. */
  shownAt(stream: string): number | null {
    for (const { surface, shown } of this.#tiles) {
      if (surface.stream === stream && shown !== null) return shown.atMicros;
    }
    return null;
  }

  /** Whether each tile has had its first picture. */
  get areAllShown(): boolean {
    return [...this.#tiles].every(({ shown }) => shown !== null);
  }

  get tileCount(): number {
    return this.#tiles.size;
  }

  /** Something changed: a command, a picture, an answer. */
  readonly wake = (): void => {
    if (this.#beat !== null || this.#tiles.size === 0) return;
    this.#beat = requestAnimationFrame((nowMs) => {
      this.#beat = null;
      this.#tick(nowMs);
    });
  };

  #tick(nowMs: number): void {
    const transport = this.#host.transport();
    if (transport.mode === 'live') {
      this.#clock.advance(nowMs, 0, true);
      for (const tile of this.#tiles) this.#showLive(tile);
      const heard = this.#tileOf(transport.lead);
      for (const tile of this.#tiles) if (tile !== heard) tile.live?.hear(false);
      this.#sound?.live(heard?.live ?? null, nowMs);
      return;
    }
    this.#step(transport);
    const advance = this.#clock.advance(nowMs, transport.rate, this.#held);
    const before = this.#host.transport().playheadMicros;
    const playheadMicros = Math.round(before + advance);
    if (transport.rate > 0 && playheadMicros >= this.#host.now() - LIVE_EDGE_MICROS) {
      this.#host.reachedLive();
      this.wake();
      return;
    }
    if (playheadMicros !== before) this.#host.moved(playheadMicros);
    this.#showPast(playheadMicros, transport.rate);
    // Held back for a tile that is late, the picture stands.
    this.#sound?.past(
      this.#tileOf(transport.lead)?.past ?? null,
      playheadMicros,
      this.#held ? 0 : transport.rate,
    );
    if (transport.rate !== 0) this.wake();
  }

  #tileOf(stream: string | null): Tile | null {
    for (const tile of this.#tiles) if (tile.surface.stream === stream) return tile;
    return null;
  }

  #step(transport: Transport): void {
    if (transport.pendingSteps === 0) return;
    let found: number | null = null;
    let isSure = true;
    const isLead = (tile: Tile): number => (tile.surface.stream === transport.lead ? 0 : 1);
    for (const tile of [...this.#tiles].sort((a, b) => isLead(a) - isLead(b))) {
      tile.past ??= this.#sources.past(tile.surface.stream, this.wake);
      const beside = tile.past.frameBeside(transport.playheadMicros, transport.pendingSteps);
      if (beside !== null) {
        found = beside;
        break;
      }
      // Where it has pictures they will be known in a moment; only without any do others count.
      if (!PICTURELESS.has(tile.status.state)) {
        isSure = false;
        break;
      }
    }
    if (found !== null || isSure) this.#host.stepped(found);
  }

  #showPast(playheadMicros: number, rate: number): void {
    const nowMs = performance.now();
    let isLate = false;
    let hasFootage = false;
    const answers = [...this.#tiles].map((tile) => {
      tile.live?.close();
      tile.live = null;
      tile.past ??= this.#sources.past(tile.surface.stream, this.wake);
      const answer = tile.past.show(playheadMicros, rate);
      if (answer.kind === 'loading') tile.lateSinceMs ??= nowMs;
      else tile.lateSinceMs = null;
      return { tile, answer };
    });
    const isWaiting = answers.some(
      ({ tile, answer }) => answer.kind === 'loading' && nowMs - (tile.lateSinceMs ?? nowMs) < PATIENCE_MS,
    );
    for (const { tile, answer } of answers) {
      if (answer.kind === 'picture') {
        hasFootage = true;
        // While time runs on, all go to the next moment together.
        if (isWaiting && rate !== 0 && isBeside(tile.shown, playheadMicros, rate)) continue;
        this.#paint(tile, answer.picture, {
          mode: 'past',
          atMicros: answer.frame.atMicros,
          fragment: answer.frame.fragment,
          sample: answer.frame.sample,
        });
        this.#tell(tile, { state: rate === 0 ? 'paused' : 'playing', mode: 'past', message: null });
      } else if (answer.kind === 'loading') {
        hasFootage = true;
        const lateMs = nowMs - (tile.lateSinceMs ?? nowMs);
        if (lateMs < PATIENCE_MS) isLate = true;
        if (lateMs > LOADING_SHOWN_MS) this.#tell(tile, { state: 'loading', mode: 'past', message: null });
      } else {
        if (answer.kind === 'sound') hasFootage = true;
        if (tile.status.state !== answer.kind) tile.surface.blank();
        tile.shown = null;
        this.#tell(tile, {
          state: answer.kind,
          mode: 'past',
          message: answer.kind === 'failed' ? answer.message : null,
        });
      }
    }
    this.#held = isLate;
    if (!hasFootage && rate !== 0) this.#host.ranOut(playheadMicros, rate < 0 ? -1 : 1);
  }

  #showLive(tile: Tile): void {
    const nowMs = performance.now();
    tile.past?.close();
    tile.past = null;
    if (tile.live === null) {
      tile.live = this.#openLive(tile.surface.stream);
      tile.openedMs = nowMs;
      this.#tell(tile, {
        state: 'connecting',
        mode: 'live',
        message: null,
        lastFrameMs: null,
        latencyMs: null,
      });
    }
    const picture = tile.live.take();
    if (picture !== null) {
      const latencyMs = Math.max(0, (this.#host.now() - picture.atMicros) / 1000);
      const smooth = tile.status.latencyMs;
      this.#paint(tile, picture, { mode: 'live', atMicros: picture.atMicros, fragment: null, sample: null });
      picture.close();
      this.#tell(tile, {
        state: 'playing',
        mode: 'live',
        message: null,
        latencyMs: smooth === null ? latencyMs : smooth * 0.9 + latencyMs * 0.1,
        lastFrameMs: nowMs,
        retryAtMs: null,
      });
      return;
    }
    const quietMs = nowMs - (tile.status.lastFrameMs ?? tile.openedMs);
    const problem = tile.live.problem;
    if (quietMs > STALE_MS || (problem !== null && tile.status.lastFrameMs === null)) {
      const state = tile.status.lastFrameMs === null && problem === null ? 'connecting' : 'stale';
      if (tile.shown?.mode === 'past') {
        // What was looked at before is not the last live picture.
        tile.surface.blank();
        tile.shown = null;
      }
      this.#tell(tile, { state, mode: 'live', message: problem, retryAtMs: tile.live.retryAtMs });
    }
  }

  #openLive(stream: string): LiveSource {
    const expected = this.#expected.get(stream);
    this.#expected.delete(stream);
    return expected ?? this.#sources.live(stream, this.wake);
  }

  #paint(tile: Tile, picture: Picture, frame: ShownFrame): void {
    const shown = tile.shown;
    if (shown !== null && shown.mode === frame.mode && shown.atMicros === frame.atMicros) return;
    tile.shown = frame;
    tile.surface.paint(picture, frame);
  }

  #tell(tile: Tile, change: Partial<TileStatus>): void {
    const before = tile.status;
    tile.status = { ...before, ...change };
    const isNews =
      tile.status.state !== before.state ||
      tile.status.mode !== before.mode ||
      tile.status.message !== before.message;
    const nowMs = performance.now();
    // Latency and age change with every frame; nobody reads them that fast.
    if (!isNews && nowMs - tile.toldMs < TELL_MS) return;
    tile.toldMs = nowMs;
    tile.surface.status(tile.status);
  }
}

/** Whether a tile shows a moment that playing brought it to, not one that a jump left behind. */
function isBeside(shown: ShownFrame | null, playheadMicros: number, rate: number): boolean {
  if (shown?.mode !== 'past') return false;
  return Math.abs(shown.atMicros - playheadMicros) < BESIDE_MICROS * Math.max(1, Math.abs(rate));
}
