// Sound in the desktop window: heard, or silent in words.
//
// A recorder and cameras of the test's own: one sends AAC, the other G.711, which is kept as Opus. What is
// looked at is what goes to the loudspeaker; a machine without one hears nothing and plays all the same. The
// variables are window.test.mjs's.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { Camera, Recorder } from '../browser/recorder.mjs';
import { dispatch, prepare, shownFrame } from './page.mjs';
import { Rig, keepScreenshot } from './rig.mjs';

const SECOND = 1e6;
const TONE = "aevalsrc='0.5*sin(2*PI*880*t)':sample_rate=48000";
/** Half of full scale, less what the encoder takes. */
const [QUIETEST, LOUDEST] = [0.3, 0.8];

let rig;
let recorder;
let camera;
let telephone;
let window;

/** Ten seconds with a tone, the sound encoded as asked. */
async function film(file, sound) {
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-f', 'lavfi', '-i', TONE];
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-t', '10'];
  await promisify(execFile)('ffmpeg', ['-loglevel', 'error', '-y', ...picture, ...video, ...sound, file]);
}

before(async () => {
  rig = await Rig.start();
  const file = join(rig.home, 'sounding.mp4');
  await film(file, ['-c:a', 'aac']);
  recorder = await Recorder.start('--no-worker');
  camera = await Camera.start([file]);
  await recorder.add('sounding', camera.addresses[0]);
  window = await rig.open(['--data', recorder.data], { AFTERIMAGE_BIN: join(rig.home, 'missing') });
  await window.find('[data-stream="sounding"]');
  await prepare(window);
  await window.run(() => {
    const start = AudioBufferSourceNode.prototype.start;
    AudioBufferSourceNode.prototype.start = function (when) {
      const samples = this.buffer.getChannelData(0);
      const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      window.played.push({ loudest, state: this.context.state });
      return start.call(this, when);
    };
    window.played = [];
  });
  await window.until(() => shownFrame(window, 'sounding'), 'its picture');
});
after(async () => {
  if (window) await keepScreenshot(window, 'desktop-sound.png');
  await window?.close().catch(() => {});
  await rig?.stop();
  await recorder?.end();
  await camera?.end();
  await telephone?.end();
});

const hint = () => window.run(() => document.querySelector('[aria-label="Sound"]').title);
const press = (key) =>
  window.run((key) => {
    const options = { key, code: `Key${key.toUpperCase()}`, bubbles: true };
    document.body.dispatchEvent(new KeyboardEvent('keydown', options));
  }, key);

/** Forty pieces from now on: about a second, and more than are decoded ahead. */
async function played() {
  await window.run(() => {
    window.played = [];
  });
  return window.until(async () => {
    const pieces = await window.run(() => window.played);
    return pieces.length > 40 && pieces;
  }, 'a second of sound');
}

function isTone(pieces) {
  const { loudest, state } = pieces.at(-1);
  assert.equal(state, 'running', 'the audio graph runs');
  assert.ok(loudest > QUIETEST && loudest < LOUDEST, `as loud as it was sent, not ${loudest.toFixed(2)}`);
}

test('A lets the live sound be heard', async () => {
  assert.match(await hint(), /^Hear sounding/, 'a visit begins without sound');
  await press('a');
  isTone(await played());
  assert.match(await hint(), /^Mute/, 'there is nothing to excuse');
});

test('sound of the past is heard too', async () => {
  const from = await window.until(async () => {
    const { recorded } = (await recorder.api('/streams')).streams[0];
    const [first, last] = [recorded.first, recorded.last].map((text) => Date.parse(text) * 1000);
    return last - first > 8 * SECOND && first;
  }, 'eight seconds of footage');
  await dispatch(window, { type: 'seek', atMicros: from + SECOND });
  isTone(await played());
  await dispatch(window, { type: 'followLive' });
});

test('where it is silent the button says why', async () => {
  await dispatch(window, { type: 'pause' });
  await window.until(async () => /stands/.test(await hint()), 'the reason');
  await dispatch(window, { type: 'followLive' });
});

test('a telephone’s sound (G.711) is heard as Opus', async () => {
  const file = join(rig.home, 'telephone.mov');
  await film(file, ['-c:a', 'pcm_mulaw', '-ar', '8000', '-ac', '1']);
  telephone = await Camera.start([file]);
  await recorder.add('telephone', telephone.addresses[0]);
  const codec = await window.until(async () => {
    const { streams } = await recorder.api('/streams');
    const { tracks } = streams.find(({ name }) => name === 'telephone');
    return tracks.find(({ kind }) => kind === 'audio')?.codec;
  }, 'its sound');
  assert.match(codec, /opus/i, 'it is kept as Opus');
  await window.until(() => shownFrame(window, 'telephone'), 'its picture');
  await window.run(() => document.querySelector('[data-rail][title^="telephone"]').click());
  await window.until(async () => /^Mute telephone/.test(await hint()), 'its sound to be chosen');
  isTone(await played());
});

test('a web view without a decoder for sound says so in words', async () => {
  await window.run(() => {
    // As older ones are.
    window.AudioDecoder = undefined;
  });
  await window.until(async () => (await hint()) === 'This browser has no decoder for sound', 'the reason');
});
