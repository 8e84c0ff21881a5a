import { describe, expect, it } from 'vitest';
import type { StreamView } from '$backend/types';
import type { TileStatus } from '$shared/player/player';
import { placed, zoomedPlace } from './box_overlay';
import { frameName } from './frame_file';
import { tileWords, type TileSituation } from './tile_words';

const status = (change: Partial<TileStatus>): TileStatus => ({
  state: 'stale',
  mode: 'live',
  message: null,
  latencyMs: null,
  lastFrameMs: null,
  retryAtMs: null,
  ...change,
});

const situation = (change: Partial<TileSituation>): TileSituation => ({
  status: status({}),
  stream: null,
  gap: null,
  isRecorderSilent: false,
  hasPicture: true,
  playheadMicros: 900e6,
  nowMicros: 1_000e6,
  nowMs: 100_000,
  ...change,
});

describe('a tile', () => {
  it('says nothing while its picture moves', () => {
    expect(tileWords(situation({ status: status({ state: 'playing' }) }))).toBeNull();
    expect(tileWords(situation({ status: status({ state: 'paused', mode: 'past' }) }))).toBeNull();
  });

  it('says how old the last frame is, why, and when it is tried again', () => {
    const words = tileWords(
      situation({
        status: status({ lastFrameMs: 93_600, message: 'The live connection broke.', retryAtMs: 104_000 }),
      }),
    );
    expect(words?.title).toBe('No picture for 6.4 s');
    expect(words?.detail).toBe('The live connection broke · trying again in 4 s');
  });

  it('says how long there was no picture, however often it was tried meanwhile', () => {
    const stream = {
      enabled: true,
      state: 'offline',
      recorded: { first: null, last: null },
      fault: {
        code: 'camera_unreachable',
        since: '1970-01-01T00:16:38Z',
        detail: 'rtsp://gate did not answer: Connection refused (os error 111).',
        retry_at: null,
      },
    } as unknown as StreamView;
    const words = tileWords(situation({ stream, status: status({ lastFrameMs: 70_000 }) }));
    expect(words?.title, 'the last try failed two seconds ago; the last frame is older').toBe(
      'No picture for 30 s',
    );
    expect(words?.detail, 'in words for who looks at cameras').toBe(
      'The camera can’t be reached at its address',
    );
    expect(words?.reason, 'the rest is for a tooltip, without the number of an operating system').toBe(
      'rtsp://gate did not answer: Connection refused.',
    );
  });

  it('says that a camera sends sound alone, until its picture comes', () => {
    const stream = { state: 'recording', enabled: true, tracks: [{ kind: 'audio' }] } as StreamView;
    expect(tileWords(situation({ stream }))?.title).toBe('Sound only');
    const past = tileWords(situation({ stream, status: status({ state: 'sound', mode: 'past' }) }));
    expect(past, 'which is no fault in the past either').toMatchObject({ title: 'Sound only', offer: null });
    const playing = status({ state: 'playing' });
    expect(tileWords(situation({ stream, status: playing })), 'what is known is old').toBeNull();
  });

  it('blames the recorder, and no camera, when the recorder does not answer', () => {
    const stream = { enabled: true, state: 'recording', fault: null, tracks: [] } as unknown as StreamView;
    const silent = { stream, isRecorderSilent: true };
    const stale = tileWords(situation({ ...silent, status: status({ lastFrameMs: 96_000 }) }));
    expect(stale).toMatchObject({ title: 'No picture for 4.0 s', detail: 'The recorder does not answer' });
    const loading = status({ state: 'loading', mode: 'past' });
    expect(tileWords(situation({ ...silent, status: loading, hasPicture: false }))?.detail).toBe(
      'The recorder does not answer',
    );
    const answers = tileWords(situation({ stream, status: status({ lastFrameMs: 96_000 }) }));
    expect(answers?.detail, 'otherwise it is the camera').toBe(
      'The camera is connected and sends no picture',
    );
  });

  it('says where what is kept begins and ends', () => {
    const recorded = { first: '1970-01-01T00:16:00Z', last: '1970-01-01T00:16:30Z' };
    const stream = { enabled: true, state: 'recording', fault: null, recorded } as unknown as StreamView;
    const nothing = status({ state: 'nothing', mode: 'past' });
    const before = tileWords(situation({ stream, status: nothing, playheadMicros: 900e6 }));
    expect(before?.detail).toMatch(/^What is kept of this camera begins at .*16:00/);
    const after = tileWords(situation({ stream, status: nothing, playheadMicros: 995e6 }));
    expect(after?.detail).toMatch(/^What is kept of this camera ends at .*16:30/);
  });

  it('says why there is no footage', () => {
    const gap = { from: 0, to: 150e6, reason: 'camera_silent', detail: null };
    const words = tileWords(situation({ status: status({ state: 'nothing', mode: 'past' }), gap }));
    expect(words).toEqual({ title: 'Camera silent', detail: 'No footage for 2 min 30 s', offer: 'nearest' });
  });
});

describe('a picture in its tile', () => {
  it('is shown whole', () => {
    expect(placed(768, 576, 800, 400), 'bars at the sides').toMatchObject({
      top: 0,
      height: 400,
      left: expect.closeTo(133.3, 1) as number,
    });
    expect(placed(640, 272, 640, 480), 'bars above and below').toMatchObject({
      left: 0,
      width: 640,
      top: 104,
    });
  });

  it('carries its boxes along when a part of it is enlarged', () => {
    const whole = { left: 0, top: 104, width: 640, height: 272 };
    expect(zoomedPlace(whole, { scale: 2, left: 0.5, top: 0.25 }, 640, 480)).toEqual({
      left: -640,
      top: -32,
      width: 1280,
      height: 544,
    });
  });

  it('is saved under its camera and the instant of its frame', () => {
    const atMicros = Date.parse('2026-11-23T14:05:42.360Z') * 1000;
    expect(frameName('gate', atMicros)).toBe('gate_20261123T140542.360Z.png');
  });
});
