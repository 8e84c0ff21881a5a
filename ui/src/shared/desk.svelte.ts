/**
 * The desk: everything that the parts of the console share, wired once.
 *
 * Belongs here: the one playhead and who hears of its commands. Not here: what commands mean
 * ({@link ./timeline/state}), how pictures come ({@link ./player/player}).
 */
import type { Backend, TimeRange } from '$backend/backend';
import { CameraGroups } from './cameras/camera_groups.svelte';
import { DetectionStore } from './detections/detection_store.svelte';
import { SightingStore } from './detections/sighting_store.svelte';
import { EventStore } from './events/event_store.svelte';
import { ExportStore } from './exports/export_store.svelte';
import { PickedFrames } from './exports/picked_store.svelte';
import { ActionRegistry } from './keyboard/registry';
import { Player, type PlayerHost } from './player/player';
import { Listening } from './player/sound/listening.svelte';
import { Sound } from './player/sound/sound';
import { webSoundDecoder } from './player/sound/sound_decoder';
import { WebSpeaker } from './player/sound/speaker';
import { webSources } from './player/web_sources';
import { Recorder } from './recorder/recorder.svelte';
import { Room } from './recorder/room.svelte';
import { MarkStore } from './marks/mark_store.svelte';
import type { Notice } from './notice';
import type { SearchedRegion } from './events/event_filter';
import { Regions } from './regions/regions.svelte';
import { duration, microsOf, reasonLabel } from './time/format';
import { ActivityStore } from './timeline/activity_store.svelte';
import { CoverageStore } from './timeline/coverage.svelte';
import { nextEvent, previousEvent } from './timeline/event_steps';
import { initialState, rateOf, reduce, type Command, type TimelineState } from './timeline/state';
import { camerasOfLastVisit, rememberCameras } from './wall/last_visit';
import { Wall } from './wall/wall.svelte';

const TICK_MS = 250;
/** What else there is to ask waits this long for the first pictures. */
const FIRST_PICTURES_MS = 300;
const OPENING_TICK_MS = 20;
/** Ranges come in whole milliseconds. */
const ROUNDING_MICROS = 1_000;
/** An older live picture has nothing to say about now. */
const FRESH_MICROS = 3e6;
const COVERAGE_EVERY_MS = 2_000;
/** Wider views are told by sums; exact ranges are then asked for around the playhead alone. */
const EXACT_SPAN_MICROS = 2 * 3600e6;
const AROUND_MICROS = 10 * 60e6;
/** What was seen over a longer view would be too much to tell anything. */
const SIGHTINGS_SPAN_MICROS = 24 * 3600e6;
const NOTICE_MS = 4_000;
/** What can be pressed stays long enough for it. */
const OFFER_MS = 10_000;

export class Desk {
  readonly backend: Backend;
  readonly recorder: Recorder;
  readonly wall = new Wall();
  /** What keys and the palette may ask of whatever is on the screen. */
  readonly actions = new ActionRegistry();
  /** Exact ranges: over the view where it is short, otherwise around the playhead. */
  readonly coverage: CoverageStore;
  /** Sums over the view, with its surroundings. */
  readonly activity: ActivityStore;
  /** Sums over everything that is recorded of what is shown. */
  readonly archive: ActivityStore;
  readonly marks: MarkStore;
  readonly detections: DetectionStore;
  /** What was seen over the view. */
  readonly sightings: SightingStore;
  readonly player: Player;
  /** Whether the lead's sound is to be heard. */
  readonly listening = new Listening();
  readonly sound = new Sound(this.listening, {
    openDecoder: webSoundDecoder,
    openSpeaker: (sampleRate) => new WebSpeaker(sampleRate),
  });
  readonly room: Room;
  readonly events: EventStore;
  readonly regions: Regions;
  readonly groups: CameraGroups;
  readonly exports: ExportStore;
  readonly picked: PickedFrames;
  /** What stood on the wall at the last visit; none at the first one. */
  readonly lastShown: readonly string[];
  timeline = $state.raw<TimelineState>(initialState(Date.now() * 1000));
  notice = $state.raw<Notice | null>(null);
  #noticeTimer: ReturnType<typeof setTimeout> | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #lookTimer: ReturnType<typeof setTimeout> | null = null;
  #soonTimer: ReturnType<typeof setTimeout> | null = null;
  /** Since when the cameras are known, by `performance.now()`. */
  #knownMs: number | null = null;
  #isSeekingFootage = false;

  constructor(backend: Backend) {
    this.backend = backend;
    this.lastShown = camerasOfLastVisit(backend.label);
    this.recorder = new Recorder(backend, () => this.#tick());
    const now = this.recorder.clock.now;
    this.coverage = new CoverageStore(backend, now, COVERAGE_EVERY_MS);
    this.activity = new ActivityStore(backend, now);
    this.archive = new ActivityStore(backend, now);
    this.marks = new MarkStore(backend, now);
    this.detections = new DetectionStore(backend, now);
    this.sightings = new SightingStore(backend, now);
    this.room = new Room(backend, now);
    this.events = new EventStore(backend, now);
    this.regions = new Regions(backend.label);
    this.groups = new CameraGroups(backend.label);
    this.exports = new ExportStore(backend);
    this.picked = new PickedFrames(backend.label);
    const isGrowing = (name: string): boolean => this.recorder.stream(name)?.state === 'recording';
    const tiles = (): number => this.player.tileCount;
    this.player = new Player(this.#host(), webSources(backend, { now, isGrowing, tiles }), this.sound);
  }

  readonly dispatch = (command: Command): void => {
    if (command.type === 'moved' || command.type === 'tick') {
      this.timeline = reduce(this.timeline, command);
      return;
    }
    // Who pauses or steps means the picture that is on the screen at this moment.
    if (this.timeline.mode === 'live') this.timeline = reduce(this.timeline, this.#now());
    const { view } = this.timeline;
    this.timeline = reduce(this.timeline, command);
    this.player.wake();
    if (this.timeline.view !== view) this.#lookSoon();
  };

  /** Until the recorder has answered for the first time, or has not. */
  start(): Promise<void> {
    this.player.expect(this.lastShown);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    return this.recorder.start();
  }

  stop(): void {
    this.recorder.stop();
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#lookTimer !== null) clearTimeout(this.#lookTimer);
    if (this.#soonTimer !== null) clearTimeout(this.#soonTimer);
  }

  say(words: string): void {
    this.show({ words });
  }

  show(notice: Notice): void {
    this.notice = notice;
    if (this.#noticeTimer !== null) clearTimeout(this.#noticeTimer);
    const stays = notice.offer === undefined ? NOTICE_MS : OFFER_MS;
    this.#noticeTimer = setTimeout(() => (this.notice = null), stays);
  }

  /** The part of a camera's picture that the list of events is narrowed to, while it is looked at. */
  searchedRegion(name: string): SearchedRegion | null {
    const { isPanelOpen, panelTab } = this.wall;
    const { stream, region } = this.events.filter;
    return isPanelOpen && panelTab === 'events' && stream === name ? region : null;
  }

  /** Gives the wall to the cameras of a group, as they are now. */
  showGroup(name: string): void {
    this.wall.showGroup(name, this.#camerasOf(name));
  }

  #camerasOf(group: string): readonly string[] {
    return this.wall.slots.filter((camera) => this.groups.of[camera] === group);
  }

  toggleSound(): void {
    this.listening.toggle();
    this.player.wake();
  }

  #now(): Command {
    const nowMicros = this.recorder.clock.now();
    const lead = this.wall.lead;
    const pictureMicros = lead === null ? null : this.player.liveFrameAt(lead);
    const isFresh = pictureMicros !== null && nowMicros - pictureMicros < FRESH_MICROS;
    return { type: 'tick', nowMicros, pictureMicros: isFresh ? pictureMicros : null };
  }

  #tick(): void {
    this.dispatch(this.#now());
    if (this.recorder.areStreamsKnown) this.wall.setCameras(this.recorder.streams.map(({ name }) => name));
    if (this.wall.group !== null) this.wall.setGroupCameras(this.#camerasOf(this.wall.group));
    const shown = this.wall.shown;
    if (this.recorder.reach === 'signed_out') this.player.expect([]);
    else if (this.wall.areCamerasKnown) this.#expect(shown);
    this.dispatch({ type: 'recorded', range: recordedRange(this.recorder, shown) });
    if (this.#isOpening()) this.#tickSoon();
    if (!this.#mayAsk()) return;
    this.room.tick();
    this.events.tick();
    this.#look();
    this.marks.want();
  }

  /** The pictures come first: their connections are under way before anything else is asked. */
  #expect(shown: readonly string[]): void {
    this.player.expect(shown);
    // One that fills the wall goes back to its place at the next visit.
    if (this.wall.maximised === null && this.wall.group === null) rememberCameras(this.backend.label, shown);
  }

  #mayAsk(): boolean {
    return this.recorder.reach === 'online' && !this.#isOpening();
  }

  /** The first pictures have the recorder to themselves, for a moment. */
  #isOpening(): boolean {
    if (!this.wall.areCamerasKnown) return false;
    this.#knownMs ??= performance.now();
    if (performance.now() - this.#knownMs >= FIRST_PICTURES_MS) return false;
    return this.player.tileCount < this.wall.shown.length || !this.player.areAllShown;
  }

  #tickSoon(): void {
    this.#soonTimer ??= setTimeout(() => {
      this.#soonTimer = null;
      this.#tick();
    }, OPENING_TICK_MS);
  }

  /** After the movement has been painted; many of them ask once. */
  #lookSoon(): void {
    this.#lookTimer ??= setTimeout(() => {
      this.#lookTimer = null;
      this.#look();
    }, 0);
  }

  /** Asks for what the view and the playhead need, of a few cameras in each turn. */
  #look(): void {
    if (!this.#mayAsk()) return;
    const shown = this.wall.shown;
    const { view, playheadMicros, recorded, nowMicros } = this.timeline;
    const span = view.to - view.from;
    const around = { from: playheadMicros - AROUND_MICROS, to: playheadMicros + AROUND_MICROS };
    const isMoreToAsk =
      this.coverage.want(shown, span <= EXACT_SPAN_MICROS ? view : around) ||
      this.activity.want(shown, view) ||
      (recorded !== null && this.archive.want(shown, { from: recorded.from, to: nowMicros })) ||
      (this.wall.isDrawingBoxes && this.detections.wantNear(shown, playheadMicros));
    if (isMoreToAsk) this.#lookSoon();
    if (span <= SIGHTINGS_SPAN_MICROS) void this.sightings.want(shown, view);
  }

  /** On to the next event of what is shown, or back to the one before. */
  async seekEvent(direction: 1 | -1): Promise<void> {
    const { playheadMicros } = this.timeline;
    const shown = this.wall.shown;
    const answer =
      direction > 0
        ? await nextEvent(this.backend, shown, playheadMicros, this.recorder.clock.now())
        : await previousEvent(this.backend, shown, playheadMicros);
    if (!answer.ok) this.say(answer.message);
    else if (answer.value === null) this.say(direction > 0 ? 'No later event.' : 'No earlier event.');
    else {
      const { stream, label, from_micros: atMicros } = answer.value;
      this.dispatch({ type: 'seek', atMicros });
      this.say(`${reasonLabel(label)} · ${stream}`);
    }
  }

  #host(): PlayerHost {
    return {
      transport: () => ({
        mode: this.timeline.mode,
        playheadMicros: this.timeline.playheadMicros,
        rate: rateOf(this.timeline),
        pendingSteps: this.timeline.pendingSteps,
        lead: this.wall.lead,
      }),
      now: () => this.recorder.clock.now(),
      moved: (atMicros) => this.dispatch({ type: 'moved', atMicros }),
      stepped: (atMicros) => this.dispatch({ type: 'stepped', atMicros }),
      reachedLive: () => this.dispatch({ type: 'followLive' }),
      ranOut: (atMicros, direction) => void this.#leap(atMicros, direction),
    };
  }

  /** Stands where this camera has footage again, whichever way is nearer. */
  async seekNearest(name: string): Promise<void> {
    const at = this.timeline.playheadMicros;
    const answer = await this.backend.timeline(name, { from: 0, to: this.recorder.clock.now() });
    if (!answer.ok) {
      this.say(answer.message);
      return;
    }
    const edges = answer.value.ranges.flatMap(({ from, to }) => [
      microsOf(from) + ROUNDING_MICROS,
      microsOf(to) - ROUNDING_MICROS,
    ]);
    const nearest = edges.sort((a, b) => Math.abs(a - at) - Math.abs(b - at))[0];
    if (nearest === undefined) this.say(`Nothing of ${name} is recorded.`);
    else this.dispatch({ type: 'seek', atMicros: nearest });
  }

  /** Nothing is recorded at the playhead: on to where something is, and says so. */
  async #leap(atMicros: number, direction: 1 | -1): Promise<void> {
    if (this.#isSeekingFootage) return;
    this.#isSeekingFootage = true;
    const now = this.recorder.clock.now();
    const range = direction > 0 ? { from: atMicros, to: now } : { from: 0, to: atMicros };
    const answers = await Promise.all(this.wall.shown.map((name) => this.backend.timeline(name, range)));
    this.#isSeekingFootage = false;
    const isStillThere =
      this.timeline.mode === 'past' && Math.abs(this.timeline.playheadMicros - atMicros) < 1e6;
    if (!isStillThere || !this.timeline.isPlaying) return;
    const found = answers.flatMap((answer) => (answer.ok ? answer.value.ranges : []));
    const instants = found
      .map((recorded) =>
        direction > 0 ? microsOf(recorded.from) + ROUNDING_MICROS : microsOf(recorded.to) - ROUNDING_MICROS,
      )
      .filter((instant) => (instant - atMicros) * direction > 2 * ROUNDING_MICROS);
    if (instants.length === 0) {
      if (!answers.every((answer) => answer.ok)) return;
      if (direction > 0) this.dispatch({ type: 'followLive' });
      else this.dispatch({ type: 'pause' });
      this.say(direction > 0 ? 'Nothing recorded since: back to live.' : 'The recording begins here.');
      return;
    }
    const target = direction > 0 ? Math.min(...instants) : Math.max(...instants);
    this.dispatch({ type: 'moved', atMicros: target });
    this.player.wake();
    this.say(`Skipped ${duration(Math.abs(target - atMicros))} without footage.`);
  }
}

function recordedRange(recorder: Recorder, names: readonly string[]): TimeRange | null {
  let from = Infinity;
  let to = -Infinity;
  for (const stream of recorder.streams) {
    if (!names.includes(stream.name) || !stream.recorded.first || !stream.recorded.last) continue;
    from = Math.min(from, microsOf(stream.recorded.first));
    to = Math.max(to, microsOf(stream.recorded.last));
  }
  return from < to ? { from, to } : null;
}
