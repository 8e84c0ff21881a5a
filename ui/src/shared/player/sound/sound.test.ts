import { describe, expect, it } from 'vitest';
import { h264WithSound } from '../fixtures/footage';
import { parseInit, type SoundTrack } from '../demux/init';
import { parseMedia } from '../demux/media';
import { parseSpecificConfig } from '../demux/sound_entry';
import { packetsOf, type SoundPacket } from '../demux/sound_packets';
import type { LiveSource, PastSource } from '../source';
import { LiveEdge } from './live_edge';
import { Sound, type Silence } from './sound';
import { MOST_OFF_MICROS, SoundClock } from './sound_clock';

const PACKET = 20_000;

describe('the sound track', () => {
  const { init, fragments } = h264WithSound();
  const { sound } = parseInit(init);

  it('tells what a decoder needs', () => {
    expect(sound?.codec, 'AAC of low complexity').toBe('mp4a.40.2');
    expect(sound?.timescale, 'ffmpeg counts in samples').toBe(sound?.sampleRate);
    const config = parseSpecificConfig(sound?.description ?? new Uint8Array());
    expect(config.rate, 'the entry and the AudioSpecificConfig agree').toBe(sound?.sampleRate);
  });

  it('follows on without a hole from fragment to fragment', () => {
    const packets = fragments.flatMap((fragment) =>
      packetsOf(parseMedia(fragment, parseInit(init), sound?.id ?? 0), sound?.timescale ?? 1, 0, 0),
    );
    expect(packets.length, 'there is sound in it').toBeGreaterThan(20);
    const holes = packets.slice(1).filter(({ atMicros }, index) => {
      const before = packets[index];
      return before !== undefined && Math.abs(atMicros - before.atMicros - before.durationMicros) > 2;
    });
    expect(holes, 'each packet begins where the one before ends').toEqual([]);
  });
});

describe('the clock of the sound', () => {
  it('joins pieces without a seam and says what is heard', () => {
    const clock = new SoundClock();
    const first = clock.place(1e6, PACKET, 1e6, 5);
    const second = clock.place(1e6 + PACKET, PACKET, 1e6, 5);
    expect(first, 'the playhead’s own instant is heard at once').toEqual({ startSeconds: 5, rate: 1 });
    expect(second?.startSeconds, 'right behind the first').toBeCloseTo(5.02, 9);
    expect(clock.heardMicros(5.03)).toBeCloseTo(1.03e6, 3);
    expect(clock.place(1e6, PACKET, 1e6, 5.03), 'what was played is not played again').toBeNull();
  });

  it('keeps a hole in the sound as a hole', () => {
    const clock = new SoundClock();
    clock.place(1e6, PACKET, 1e6, 5);
    expect(clock.place(1.1e6, PACKET, 1e6, 5)?.startSeconds, 'eighty milliseconds of silence').toBeCloseTo(
      5.1,
      9,
    );
  });

  it('does not drift from a picture whose seconds are longer, over ten minutes', () => {
    const clock = new SoundClock();
    // A loudspeaker whose crystal is 200 parts in a million too fast.
    const FAST = 1.0002;
    let at = 0;
    let furthest = 0;
    for (let picture = 0; picture < 600e6; picture += 16_667) {
      const now = (picture / 1e6) * FAST;
      expect(clock.follow(picture, now), 'never so far off that it has to begin anew').toBe(true);
      while (at < picture + 200_000) {
        clock.place(at, PACKET, picture, now);
        at += PACKET;
      }
      const heard = clock.heardMicros(now);
      if (heard !== null) furthest = Math.max(furthest, Math.abs(heard - picture));
    }
    expect(furthest, 'two thirds of a frame').toBeLessThan(27_000);
  });

  it('asks to begin anew when the picture is elsewhere', () => {
    const clock = new SoundClock();
    for (let at = 0; at < 1e6; at += PACKET) clock.place(at, PACKET, 0, 0);
    expect(clock.follow(-2 * MOST_OFF_MICROS, 0.5), 'nobody would take these for one').toBe(false);
  });
});

describe('live sound', () => {
  it('is played as little behind its arrival as the unrest allows', () => {
    const calm = new LiveEdge();
    const rough = new LiveEdge();
    for (let count = 0; count < 100; count += 1) {
      calm.arrived(count * PACKET, count * 20);
      rough.arrived(count * PACKET, count * 20 + (count % 5) * 50);
    }
    const behind = (edge: LiveEdge): number => 2_000 * 1000 - (edge.playheadMicros(2_000) ?? 0);
    expect(behind(calm), 'a tenth of a second').toBeLessThan(102_000);
    expect(behind(rough), 'as much as the latest was late, and a little').toBeGreaterThan(230_000);
    expect(behind(rough)).toBeLessThan(245_000);
  });

  it('comes nearer again so slowly that steering can follow', () => {
    const edge = new LiveEdge();
    for (let count = 0; count < 100; count += 1) edge.arrived(count * PACKET, count * 20 + (count % 5) * 50);
    let before = edge.playheadMicros(2_000) ?? 0;
    for (let count = 100; count < 1_500; count += 1) {
      edge.arrived(count * PACKET, count * 20);
      const now = edge.playheadMicros(count * 20) ?? 0;
      const step = now - before;
      if (count > 101) expect(step / PACKET, 'at most 0.4 % faster than time').toBeLessThan(1.004);
      before = now;
    }
    expect(1_499 * PACKET - before, 'a calm line again').toBeLessThan(202_000);
  });

  it('does not take the burst at the beginning for unrest', () => {
    const edge = new LiveEdge();
    for (let count = 0; count < 100; count += 1) edge.arrived(count * PACKET, 2_000);
    for (let count = 100; count < 200; count += 1) edge.arrived(count * PACKET, count * 20);
    expect(4_000_000 - (edge.playheadMicros(4_000) ?? 0), 'no more than the most').toBeLessThanOrEqual(
      400_000,
    );
  });
});

/** A loudspeaker and a decoder that only count. */
function rig(isOn = true): {
  sound: Sound;
  host: { isOn: boolean; volume: number; why: Silence | null; silent: (why: Silence | null) => void };
  decoded: SoundPacket[];
  played: number[];
  speaker: { nowSeconds: number };
} {
  const decoded: SoundPacket[] = [];
  const played: number[] = [];
  const host = {
    isOn,
    volume: 1,
    why: null as Silence | null,
    silent: (why: Silence | null) => (host.why = why),
  };
  const speaker = {
    nowSeconds: 0,
    play: (_: unknown, { startSeconds }: { startSeconds: number }) => played.push(startSeconds),
    silence: () => {},
    setVolume: () => {},
    close: () => {},
  };
  const sound = new Sound(host, {
    canDecode: () => true,
    openSpeaker: () => speaker,
    openDecoder: (_, events) => ({
      decode: (packet) => {
        decoded.push(packet);
        events.sound({ sampleRate: 48_000, channels: [new Float32Array(960)] }, packet.atMicros);
      },
      reset: () => {},
      close: () => {},
    }),
  });
  return { sound, host, decoded, played, speaker };
}

const TRACK: SoundTrack = {
  id: 2,
  timescale: 48_000,
  codec: 'opus',
  sampleRate: 48_000,
  channels: 1,
  description: null,
};
const SECOND = 1e6;

/** Fragments of two seconds. */
const past = (track: SoundTrack | null): PastSource => ({
  show: () => ({ kind: 'loading' }),
  frameBeside: () => null,
  close: () => {},
  sound: (atMicros) => {
    const from = Math.floor(atMicros / (2 * SECOND)) * 2 * SECOND;
    const packets = Array.from({ length: 100 }, (_, index) => ({
      atMicros: from + index * PACKET,
      durationMicros: PACKET,
      data: new Uint8Array(1),
    }));
    return { track, packets, untilMicros: from + 2 * SECOND };
  },
});

describe('the sound of the past', () => {
  it('is decoded once, a little ahead, over the seams of fragments', () => {
    const { sound, decoded, speaker, host } = rig();
    const source = past(TRACK);
    for (let at = SECOND; at < 7 * SECOND; at += 16_667) {
      speaker.nowSeconds = at / 1e6;
      sound.past(source, at, 1);
      expect((decoded.at(-1)?.atMicros ?? 0) - at, 'not far ahead').toBeLessThanOrEqual(400_000);
    }
    const instants = decoded.map(({ atMicros }) => atMicros);
    expect(new Set(instants).size, 'no packet goes in twice').toBe(instants.length);
    const steps = instants.slice(1).map((at, index) => at - (instants[index] ?? 0));
    expect(new Set(steps), 'none is left out').toEqual(new Set([PACKET]));
    expect(host.why, 'it is heard').toBeNull();
  });

  it('is silent at other speeds, and says why', () => {
    const { sound, host, decoded } = rig();
    sound.past(past(TRACK), SECOND, 2);
    expect(host.why).toBe('speed');
    sound.past(past(TRACK), SECOND, 0);
    expect(host.why, 'a standing picture has no sound').toBe('standing');
    sound.past(past(null), SECOND, 1);
    expect(host.why, 'a camera without a microphone').toBe('no_sound');
    expect(decoded, 'nothing was decoded for it').toEqual([]);
  });

  it('costs nothing while nobody listens', () => {
    const { sound, host, decoded } = rig(false);
    sound.past(past(TRACK), SECOND, 1);
    expect([host.why, decoded.length]).toEqual(['off', 0]);
  });
});

describe('live sound of a tile', () => {
  it('is asked for only while somebody listens', () => {
    const { sound, host } = rig(false);
    let isHeard = true;
    const source: LiveSource = {
      problem: null,
      retryAtMs: null,
      drops: 0,
      take: () => null,
      hear: (isWanted) => (isHeard = isWanted),
      takeSound: () => ({ track: TRACK, packets: [] }),
      close: () => {},
    };
    sound.live(source, 0);
    expect(isHeard, 'its sound is not even taken apart').toBe(false);
    host.isOn = true;
    sound.live(source, 0);
    expect(isHeard).toBe(true);
  });
});
