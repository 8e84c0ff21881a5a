import { describe, expect, it } from 'vitest';
import { h264WithSound, h265Init, packetsByFfprobe } from '../fixtures/footage';
import { DamagedMedia } from './boxes';
import { avcCodec, hevcCodec } from './codec';
import { framesOf } from './frames';
import { parseInit } from './init';
import { parseLiveMessage } from './live_message';
import { parseMedia } from './media';

const { init, fragments } = h264WithSound();

describe('init section', () => {
  it('tells what a decoder needs', () => {
    const { video } = parseInit(init);
    expect(video?.codec, 'profile and level as x264 wrote them').toMatch(/^avc1\.64000a$/);
    expect([video?.width, video?.height], 'the size of the pictures').toEqual([64, 48]);
    expect(video?.timescale, 'ffmpeg counts 12800 ticks for 25 fps').toBe(12_800);
    expect(video?.description[0], 'an AVCDecoderConfigurationRecord is of version 1').toBe(1);
  });

  it('reads H.265', () => {
    const { video } = parseInit(h265Init());
    expect(video?.codec, 'Main profile, by its general_profile_idc').toMatch(
      /^hvc1\.1\.6\.L\d+\.[0-9A-F.]+$/,
    );
    expect([video?.width, video?.height]).toEqual([64, 48]);
  });

  it('writes codec strings as RFC 6381 and ISO/IEC 14496-15 do', () => {
    expect(avcCodec(Uint8Array.of(1, 0x64, 0, 0x1f)), 'High, level 3.1').toBe('avc1.64001f');
    const main = Uint8Array.of(1, 0x01, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93);
    expect(hevcCodec(main, 'hvc1'), 'the example of annex E').toBe('hvc1.1.6.L93.B0');
    const main10 = Uint8Array.of(1, 0x22, 0x20, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 120);
    expect(hevcCodec(main10, 'hev1'), 'Main 10, high tier').toBe('hev1.2.4.H120.90');
  });
});

describe('fragment', () => {
  const tracks = parseInit(init);
  const id = tracks.video?.id ?? 0;

  it('has the samples that ffprobe sees', () => {
    const samples = fragments.flatMap((fragment) => parseMedia(fragment, tracks, id));
    const seen = samples.map(({ presentationTicks, data, isSync }) => ({
      pts: presentationTicks,
      size: data.byteLength,
      isKey: isSync,
    }));
    expect(seen, 'sizes, order, presentation times and key frames').toEqual(packetsByFfprobe());
  });

  it('gives each frame its own instant, counted from the first one shown', () => {
    const samples = parseMedia(fragments[1] ?? new Uint8Array(), tracks, id);
    const frames = framesOf(samples, tracks.video?.timescale ?? 1, 7, 5_000_000, 6_000_000);
    const shown = [...frames].sort((a, b) => a.atMicros - b.atMicros);
    expect(
      shown.map((frame) => frame.atMicros),
      '25 a second from the fragment’s start',
    ).toEqual(Array.from({ length: 25 }, (_, index) => 5_000_000 + index * 40_000));
    expect(
      frames.map((frame) => frame.sample),
      'identity is the place in decode order',
    ).toEqual(Array.from({ length: 25 }, (_, index) => index));
    expect(frames[1]?.atMicros, 'B-frames: the second decoded is shown later').toBeGreaterThan(
      frames[2]?.atMicros ?? 0,
    );
    expect(shown.at(-1)?.untilMicros, 'the last one stands until the fragment ends').toBe(6_000_000);
  });

  it('refuses damage and never reads beyond its bytes', () => {
    const whole = fragments[0] ?? new Uint8Array();
    let refused = 0;
    const attempt = (bytes: Uint8Array<ArrayBuffer>): void => {
      try {
        parseMedia(bytes, tracks, id);
      } catch (error) {
        expect(error, 'damage is told as damage').toBeInstanceOf(DamagedMedia);
        refused += 1;
      }
    };
    for (let length = 0; length < whole.byteLength; length += 7) attempt(whole.slice(0, length));
    for (let at = 0; at < 900; at += 1) {
      for (const value of [0, 0x7f, 0xff]) {
        const damaged = whole.slice();
        damaged[at] = value;
        attempt(damaged);
      }
    }
    expect(refused, 'cut media is never taken for whole').toBeGreaterThan(whole.byteLength / 8);
  });
});

describe('live message', () => {
  const message = (kind: number, track: number, sync: number, at: bigint): ArrayBuffer => {
    const bytes = new Uint8Array(20);
    bytes.set([kind, track, sync]);
    new DataView(bytes.buffer).setBigInt64(8, at);
    bytes.set([9, 8, 7, 6], 16);
    return bytes.buffer;
  };

  it('is a header of sixteen bytes and media', () => {
    const parsed = parseLiveMessage(message(1, 0, 1, 1_790_000_000_123_456n));
    expect(parsed).toMatchObject({ kind: 'media', track: 0, isSync: true, atMicros: 1_790_000_000_123_456 });
    expect([...parsed.payload], 'what follows the header').toEqual([9, 8, 7, 6]);
    expect(parseLiveMessage(message(0, 255, 0, 0n)).track, '255 is no track').toBeNull();
  });

  it('is refused when it is none', () => {
    expect(() => parseLiveMessage(new ArrayBuffer(15)), 'too short').toThrow(DamagedMedia);
    expect(() => parseLiveMessage(message(2, 0, 0, 0n)), 'an unknown kind').toThrow(DamagedMedia);
  });
});
