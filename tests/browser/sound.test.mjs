/**
 * The sound of the chosen camera: heard with its picture, live and in the past, and silent in words where
 * it is not. The footage is made here: once a second a white flash and a tone begin together.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Camera, Recorder } from './recorder.mjs';
import { Rig, SECOND } from './rig.mjs';

const FLASH = "drawbox=color=white:t=fill:enable='lt(mod(t,1),0.2)'";
const TONE = "aevalsrc='0.5*sin(2*PI*880*t)*lt(mod(t,1),0.2)':sample_rate=48000";
/** Lips and voices part at about this (ITU-R BT.1359: 125 ms late, 45 ms early); a busy machine adds to it. */
const MOST_APART_MS = 120;
/** Live sound stands behind its arrival by 400 ms at most; the picture does not wait for it. */
const MOST_LATE_LIVE_MS = 550;
const BEATS = 6;

let folder;
let rig;
let recorder;
let camera;

/** In the page: when flashes are painted and when tones are heard, in milliseconds of the page. */
function watch() {
  const marks = { flashes: [], tones: [] };
  window.marks = marks;
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (when) {
    const samples = this.buffer.getChannelData(0);
    const loud = samples.findIndex((sample) => Math.abs(sample) > 0.1);
    if (loud >= 0) {
      const { currentTime, outputLatency } = this.context;
      const inSeconds = when + loud / this.buffer.sampleRate - (currentTime - (outputLatency || 0));
      const at = performance.now() + inSeconds * 1000;
      // The first loud piece of a tone is its beginning.
      if (at - (marks.loudMs ?? -Infinity) > 400) marks.tones.push(at);
      marks.loudMs = at;
    }
    return start.call(this, when);
  };
  let wasWhite = true;
  const look = () => {
    const canvas = document.querySelector('.tile canvas');
    const context = canvas?.getContext('2d');
    if (context && canvas.width > 0) {
      const [red] = context.getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data;
      const isWhite = red > 200;
      if (isWhite && !wasWhite) marks.flashes.push(performance.now());
      wasWhite = isWhite;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** How long after its flash each tone was heard: the median, in milliseconds. */
async function apart() {
  await rig.page.evaluate(() => Object.assign(window.marks, { flashes: [], tones: [] }));
  const pairs = await rig.until(`${BEATS} flashes and tones`, async () => {
    const { flashes, tones } = await rig.page.evaluate(() => window.marks);
    const found = tones.flatMap((tone) => {
      const flash = flashes.find((at) => Math.abs(at - tone) < 500);
      return flash === undefined ? [] : [tone - flash];
    });
    return found.length >= BEATS ? found : null;
  });
  return pairs.sort((a, b) => a - b)[pairs.length >> 1];
}

const button = () => rig.page.getByRole('button', { name: 'Sound', exact: true });

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'afterimage-sound-'));
  const sounding = join(folder, 'sounding.mp4');
  const silent = join(folder, 'silent.mp4');
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-t', '10'];
  const make = (inputs, file) =>
    execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...inputs, ...video, file]);
  const picture = ['-f', 'lavfi', '-i', `color=black:size=160x90:rate=25,${FLASH}`];
  make([...picture, '-f', 'lavfi', '-i', TONE, '-c:a', 'aac'], sounding);
  make(picture, silent);
  recorder = await Recorder.start('--no-worker');
  camera = await Camera.start([sounding, silent]);
  await recorder.add('sounding', camera.addresses[0]);
  rig = await Rig.open(watch, recorder);
  await rig.enter();
  await rig.until('ten seconds are recorded', async () => {
    const { recorded } = await rig.timeline();
    return recorded !== null && recorded.to - recorded.from > 10 * SECOND;
  });
});
after(async () => {
  await rig?.close();
  await recorder?.end();
  await camera?.end();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

test('a visit begins without sound', async () => {
  assert.equal(await button().getAttribute('aria-pressed'), 'false', 'nobody is startled');
  const off = await rig.page.evaluate(() => window.afterimage.soundOffMicros);
  assert.equal(off, null, 'nothing is decoded either');
});

test('live sound is heard right behind its picture', async (context) => {
  await rig.page.keyboard.press('a');
  assert.equal(await button().getAttribute('aria-pressed'), 'true', 'A turns it on');
  const late = await apart();
  context.diagnostic(`heard ${late.toFixed()} ms after the flash`);
  assert.ok(late > -MOST_APART_MS && late < MOST_LATE_LIVE_MS, `heard ${late.toFixed()} ms after the flash`);
});

test('in the past sound and picture come together', async (context) => {
  const { recorded } = await rig.timeline();
  await rig.dispatch({ type: 'seek', atMicros: recorded.from + SECOND });
  const off = await apart();
  context.diagnostic(`heard ${off.toFixed()} ms after the flash`);
  assert.ok(Math.abs(off) < MOST_APART_MS, `heard ${off.toFixed()} ms after the flash`);
});

test('at other speeds it is silent and says so', async () => {
  await rig.dispatch({ type: 'setSpeed', speed: 2 });
  await rig.until('the button says why', async () => /1× alone/.test(await button().getAttribute('title')));
  await rig.dispatch({ type: 'pause' });
  await rig.until('it says so of a standing picture', async () =>
    /stands/.test(await button().getAttribute('title')),
  );
  await rig.dispatch({ type: 'followLive' });
});

test('a camera without sound says so', async () => {
  await recorder.add('silent', camera.addresses[1]);
  await rig.page
    .getByRole('button', { name: /^silent/ })
    .first()
    .click();
  await rig.until('the button says why', async () =>
    /sends no sound/.test(await button().getAttribute('title')),
  );
});

test('nothing complained', () => {
  assert.deepEqual(
    rig.complaints.filter((line) => line.startsWith('uncaught')),
    [],
    'no exception reached the page',
  );
});
