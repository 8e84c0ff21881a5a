/**
 * The sound of one tile, live or past, in step with its picture; silent at any speed but 1.
 *
 * Belongs here: which packets go through the decoder and when what comes out is heard.
 * Not here: what the user wants ({@link ./listening.svelte}), the beat ({@link ../player}).
 * Invariant: at most {@link AHEAD_MICROS} of sound is decoded ahead, so that nothing is heard of
 * where the playhead no longer is.
 */
import type { SoundTrack } from '../demux/init';
import type { SoundPacket } from '../demux/sound_packets';
import type { LiveSource, PastSource } from '../source';
import { LiveEdge } from './live_edge';
import { SoundClock } from './sound_clock';
import { canDecodeSound, isSecurePage, type OpenSoundDecoder, type SoundDecoder } from './sound_decoder';
import type { Pcm, Speaker } from './speaker';

/** Why nothing is heard; null while something is, or soon will be. */
export type Silence =
  'off' | 'no_camera' | 'no_sound' | 'speed' | 'standing' | 'insecure' | 'no_decoder' | 'undecodable';

export interface SoundHost {
  /** Whether the user wants to hear anything. */
  readonly isOn: boolean;
  readonly volume: number;
  /** Why nothing is heard, and the decoder's own words where there are any. */
  silent(why: Silence | null, detail: string | null): void;
}

export interface SoundPorts {
  readonly openDecoder: OpenSoundDecoder;
  readonly openSpeaker: (sampleRate: number) => Speaker;
  readonly canDecode?: () => boolean;
}

const AHEAD_MICROS = 400_000;
/** A decoder's first packet after a beginning sounds wrong: it is decoded and not played. */
const LEAD_IN_MICROS = 60_000;

export class Sound {
  readonly #host: SoundHost;
  readonly #ports: SoundPorts;
  readonly #clock = new SoundClock();
  readonly #edge = new LiveEdge();
  #speaker: Speaker | null = null;
  #speakerRate = 0;
  #decoder: SoundDecoder | null = null;
  #track: SoundTrack | null = null;
  #failed: { track: SoundTrack; message: string } | null = null;
  #of: LiveSource | PastSource | null = null;
  /** Packets up to here have gone in. */
  #fedMicros: number | null = null;
  #hasFed = false;
  #playheadMicros = 0;
  #playsFromMicros = 0;

  constructor(host: SoundHost, ports: SoundPorts) {
    this.#host = host;
    this.#ports = ports;
  }

  /** How far the sound is before the picture; null while nothing is heard. */
  get offMicros(): number | null {
    return this.#clock.offMicros;
  }

  /** A beat while live, with the source of the tile that is heard. */
  live(source: LiveSource | null, nowMs: number): void {
    source?.hear(this.#host.isOn);
    if (!this.#isWanted(source)) return;
    const arrived = source.takeSound();
    if (arrived === null) return;
    const { track, packets } = arrived;
    if (!this.#useTrack(track)) return;
    for (const { atMicros } of packets) this.#edge.arrived(atMicros, nowMs);
    this.#decode(packets);
    const playhead = this.#edge.playheadMicros(nowMs);
    if (playhead !== null) this.#follow(playhead);
    this.#host.silent(null, null);
  }

  /** A beat in the past. */
  past(source: PastSource | null, playheadMicros: number, rate: number): void {
    if (!this.#isWanted(source)) return;
    if (rate !== 1) {
      this.#begin();
      this.#host.silent(rate === 0 ? 'standing' : 'speed', null);
      return;
    }
    const here = source.sound(playheadMicros);
    // It is not at hand yet: what was heard before goes on to its end.
    if (here === null || !this.#useTrack(here.track)) return;
    this.#follow(playheadMicros);
    this.#feed(source, here.track, playheadMicros);
    this.#host.silent(null, null);
  }

  #feed(source: PastSource, track: SoundTrack | null, playheadMicros: number): void {
    const until = playheadMicros + AHEAD_MICROS;
    let at = Math.max(this.#fedMicros ?? this.#beginAt(playheadMicros), playheadMicros - LEAD_IN_MICROS);
    while (at < until) {
      const piece = source.sound(at);
      if (piece === null || piece.track !== track) return;
      const fed = this.#fedMicros ?? at;
      // By their middle: where fragments meet, roundings differ.
      const due = piece.packets.filter(({ atMicros, durationMicros }) => {
        const middle = atMicros + durationMicros / 2;
        return middle > fed && atMicros < until;
      });
      this.#decode(due);
      const last = due.at(-1);
      if (last !== undefined) this.#fedMicros = last.atMicros + last.durationMicros;
      at = piece.untilMicros;
    }
  }

  /** The tile that was heard is gone, or nobody listens any more. */
  stop(): void {
    this.#begin();
    this.#decoder?.close();
    this.#decoder = null;
    this.#track = null;
    this.#of = null;
    this.#speaker?.close();
    this.#speaker = null;
  }

  #isWanted<Source extends LiveSource | PastSource>(source: Source | null): source is Source {
    if (!this.#host.isOn) {
      if (this.#speaker !== null || this.#decoder !== null) this.stop();
      this.#host.silent('off', null);
      return false;
    }
    const canDecode = this.#ports.canDecode ?? canDecodeSound;
    if (!canDecode()) {
      this.#host.silent(isSecurePage() ? 'no_decoder' : 'insecure', null);
      return false;
    }
    if (source === null) {
      this.#begin();
      this.#host.silent('no_camera', null);
      return false;
    }
    if (this.#of !== source) {
      this.#begin();
      this.#edge.reset();
      this.#of = source;
    }
    return true;
  }

  #useTrack(track: SoundTrack | null): boolean {
    if (track === null) {
      this.#begin();
      this.#host.silent('no_sound', null);
      return false;
    }
    if (this.#failed !== null && isSameSound(this.#failed.track, track)) {
      this.#host.silent('undecodable', this.#failed.message);
      return false;
    }
    if (this.#track === null || !isSameSound(this.#track, track)) {
      this.#begin();
      this.#decoder?.close();
      this.#decoder = this.#openDecoder(track);
    }
    this.#track = track;
    if (this.#decoder === null) return false;
    if (this.#speaker === null || this.#speakerRate !== track.sampleRate) {
      this.#speaker?.close();
      this.#speaker = this.#ports.openSpeaker(track.sampleRate);
      this.#speakerRate = track.sampleRate;
    }
    this.#speaker.setVolume(this.#host.volume);
    return true;
  }

  #openDecoder(track: SoundTrack): SoundDecoder | null {
    const failed = (message: string): void => {
      this.#failed = { track, message };
      this.#decoder = null;
    };
    try {
      return this.#ports.openDecoder(track, { sound: (pcm, atMicros) => this.#hear(pcm, atMicros), failed });
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  #decode(packets: readonly SoundPacket[]): void {
    for (const packet of packets) this.#decoder?.decode(packet);
    if (packets.length > 0) this.#hasFed = true;
  }

  #follow(playheadMicros: number): void {
    this.#playheadMicros = playheadMicros;
    const speaker = this.#speaker;
    if (speaker !== null && !this.#clock.follow(playheadMicros, speaker.nowSeconds)) this.#begin();
  }

  #hear(pcm: Pcm, atMicros: number): void {
    const speaker = this.#speaker;
    if (speaker === null || atMicros < this.#playsFromMicros) return;
    const duration = ((pcm.channels[0]?.length ?? 0) / pcm.sampleRate) * 1e6;
    const place = this.#clock.place(atMicros, duration, this.#playheadMicros, speaker.nowSeconds);
    if (place !== null) speaker.play(pcm, place);
  }

  #beginAt(playheadMicros: number): number {
    this.#playsFromMicros = playheadMicros;
    return playheadMicros - LEAD_IN_MICROS;
  }

  /** What is on its way to the ear is no longer right. */
  #begin(): void {
    if (!this.#hasFed) return;
    this.#hasFed = false;
    this.#decoder?.reset();
    this.#fedMicros = null;
    this.#playsFromMicros = 0;
    this.#clock.reset();
    this.#speaker?.silence();
  }
}

const isSameSound = (a: SoundTrack, b: SoundTrack): boolean =>
  a === b ||
  (a.codec === b.codec &&
    a.sampleRate === b.sampleRate &&
    a.channels === b.channels &&
    String(a.description) === String(b.description));
