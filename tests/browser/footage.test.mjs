/**
 * Cameras that are not like the others: other codecs, frame rates, shapes and tracks. Each plays, or
 * says in words why it can't be shown. The footage is made here, by ffmpeg.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Rig, SECOND } from './rig.mjs';
import { Camera, Recorder } from './recorder.mjs';

const X264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p';
const picture = (size, rate) => `-f lavfi -i testsrc2=size=${size}:rate=${rate}`;
/** Name, frames a second, size, what ffmpeg is asked for. */
const ODD = [
  ['slow', 7, [320, 240], `${picture('320x240', 7)} ${X264} -g 14 -bf 0`],
  ['halves', 12.5, [320, 240], `${picture('320x240', 12.5)} ${X264} -g 25`],
  ['television', 60_000 / 1001, [320, 240], `${picture('320x240', '60000/1001')} ${X264} -g 60`],
  ['upright', 15, [240, 320], `${picture('240x320', 15)} ${X264} -g 15`],
  ['square', 15, [640, 480], `${picture('640x480', 15)} ${X264} -g 15 -bf 0`],
  [
    'sounding',
    15,
    [320, 240],
    `${picture('320x240', 15)} -f lavfi -i sine=frequency=440 ${X264} -g 15 -c:a aac`,
  ],
];
/** A fragment may be up to 5 ms longer or shorter on the timeline than its media. */
const MOST_SEAM_MICROS = 6_000;
/** A microphone that is a camera by name only. */
const SOUND = '-f lavfi -i sine=frequency=440:sample_rate=48000 -c:a aac';
/** A film that asks to be turned: by its file, which RTSP does not tell, and by its codec (SEI). */
const TURN = '-c copy -bsf:v h264_metadata=display_orientation=insert:rotate=90 -metadata:s:v:0 rotate=90';
const HEVC = `${picture('320x240', 15)} -c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params log-level=none -g 30 -tag:v hvc1`;

let folder;
let rig;
let recorder;
let camera;
let microphone;

/** A file of six seconds. */
function made(name, how) {
  const file = join(folder, `${name}.mp4`);
  execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...how.split(' '), '-t', '6', file]);
  return file;
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'afterimage-odd-'));
  const files = [...ODD.map(([name, , , how]) => made(name, how)), made('modern', HEVC)];
  files.push(made('turned', `-i ${files[4]} ${TURN}`));
  recorder = await Recorder.start('--no-worker');
  camera = await Camera.start(files);
  microphone = await Camera.start([made('audible', SOUND)]);
  const names = [...ODD.map(([name]) => name), 'modern', 'turned'];
  for (const [index, name] of names.entries()) await recorder.add(name, camera.addresses[index]);
  await recorder.add('audible', microphone.addresses[0]);
  rig = await Rig.open(undefined, recorder);
  await rig.enter();
  await rig.until('six seconds are recorded', async () => {
    const { recorded } = await rig.timeline();
    return recorded !== null && recorded.to - recorded.from > 6 * SECOND;
  });
});
after(async () => {
  await rig?.close();
  await recorder?.end();
  await camera?.end();
  await microphone?.end();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

for (const [name, rate, size] of ODD) {
  test(`${name}: live, in the past, and frame by frame`, async () => {
    await rig.dispatch({ type: 'followLive' });
    // Alone on the wall, so that what is measured is this camera.
    await rig.press('Control+1');
    await rig.page.getByRole('complementary', { name: 'Cameras' }).locator('.row', { hasText: name }).click();
    await rig.until('it plays live', async () => {
      const tiles = await rig.tiles();
      return (
        Object.keys(tiles).join() === name && tiles[name].state === 'playing' && tiles[name].mode === 'live'
      );
    });
    const shape = await rig
      .tile(name)
      .locator('canvas')
      .first()
      .evaluate((canvas) => [canvas.width, canvas.height]);
    assert.deepEqual(shape, size, 'the whole picture, in its own shape');

    const { nowMicros } = await rig.timeline();
    const frameMicros = SECOND / rate;
    await rig.dispatch({ type: 'pause' });
    await rig.dispatch({ type: 'seek', atMicros: Math.round(nowMicros - 4 * SECOND) });
    const shown = async () => Number((await rig.tiles())[name].frameAt);
    const start = await rig.until('the frame of four seconds ago', async () => {
      const { playheadMicros } = await rig.timeline();
      const { state, mode } = (await rig.tiles())[name];
      const at = await shown();
      const isThere = at <= playheadMicros && playheadMicros - at < 2 * frameMicros;
      return state === 'paused' && mode === 'past' && isThere && at;
    });
    let last = start;
    for (const [key, direction] of [
      ...Array(5).fill(['ArrowRight', 1]),
      ...Array(5).fill(['ArrowLeft', -1]),
    ]) {
      await rig.press(key);
      const next = await rig.until(`${key} shows another frame than ${last}`, async () => {
        const at = await shown();
        return at !== last && at;
      });
      const steps = (next - last) / frameMicros;
      assert.ok(
        Math.abs(next - last - direction * frameMicros) < Math.max(0.3 * frameMicros, MOST_SEAM_MICROS),
        `one frame of 1/${rate.toFixed(2)} s, not ${steps.toFixed(2)}`,
      );
      last = next;
    }
    assert.equal(last, start, 'five on and five back is where it began');
  });
}

test('H.265 is shown where the browser can, and otherwise says so in words', async () => {
  await rig.dispatch({ type: 'followLive' });
  await rig.press('Control+1');
  const row = rig.page.getByRole('complementary', { name: 'Cameras' }).locator('.row', { hasText: 'modern' });
  await row.click();
  const can = await rig.page.evaluate(async () => {
    const { supported } = await VideoDecoder.isConfigSupported({ codec: 'hvc1.1.6.L60.90' });
    return supported;
  });
  await rig.until(can ? 'it plays' : 'it names the codec', async () => {
    const tile = (await rig.tiles()).modern;
    if (can) return tile?.state === 'playing';
    const words = (await rig.tile('modern').locator('.words').allTextContents())[0] ?? '';
    return /H\.265|HEVC|hvc1|codec/i.test(words) && words;
  });
  const { streams } = await recorder.api('/streams');
  const modern = streams.find((stream) => stream.name === 'modern');
  assert.equal(modern.state, 'recording', 'it is recorded whether or not this browser shows it');
});

/** Alone on the wall, live. */
async function alone(name) {
  await rig.dispatch({ type: 'followLive' });
  await rig.press('Control+1');
  await rig.page.getByRole('complementary', { name: 'Cameras' }).locator('.row', { hasText: name }).click();
  await rig.until(`${name} is alone`, async () => Object.keys(await rig.tiles()).join() === name);
}

test('a film that asks to be turned is shown as it is coded', async () => {
  await alone('turned');
  await rig.until('it plays', async () => (await rig.tiles()).turned.state === 'playing');
  const canvas = rig.tile('turned').locator('canvas').first();
  const shape = await canvas.evaluate(({ width, height }) => [width, height]);
  assert.deepEqual(shape, [640, 480], 'nobody has turned it');
});

test('sound without a picture: it is recorded, its tile says so, and a picture that comes is shown', async () => {
  await alone('audible');
  const said = () => rig.tile('audible').innerText();
  await rig.until('the tile says why there is no picture', async () =>
    /sound only.*sends no picture/is.test(await said()),
  );
  await rig.picture('sound-alone');
  const shown = await recorder.api('/streams/audible');
  assert.equal(shown.state, 'recording', 'sound is worth keeping');
  assert.deepEqual(
    shown.tracks.map(({ kind }) => kind),
    ['audio'],
    'and does not pretend to a picture',
  );
  await rig.page.evaluate(() => {
    const start = AudioBufferSourceNode.prototype.start;
    window.tones = 0;
    AudioBufferSourceNode.prototype.start = function (...when) {
      if (this.buffer.getChannelData(0).some((sample) => Math.abs(sample) > 0.05)) window.tones += 1;
      return start.apply(this, when);
    };
  });
  const listen = rig.page.getByRole('button', { name: 'Sound', exact: true });
  await listen.click();
  await rig.until('its tone is heard', () => rig.page.evaluate(() => window.tones > 20));

  const { nowMicros } = await rig.timeline();
  await rig.dispatch({ type: 'pause' });
  await rig.dispatch({ type: 'seek', atMicros: nowMicros - 8 * SECOND });
  await rig.until('the past says the same', async () => /sound only.*sent no picture/is.test(await said()));
  await rig.page.evaluate(() => (window.tones = 0));
  await rig.dispatch({ type: 'play' });
  await rig.until('and is heard', () => rig.page.evaluate(() => window.tones > 20));
  await rig.picture('sound-alone-past');
  await listen.click();
  await rig.dispatch({ type: 'followLive' });

  // Its picture is switched on: it starts anew, at the same place.
  await microphone.end();
  microphone.files = [join(folder, 'square.mp4')];
  await microphone.again();
  await rig.until('the picture is there by itself', async () => {
    const { state, mode } = (await rig.tiles()).audible;
    return state === 'playing' && mode === 'live';
  });
});

test('no exception came of all this', () => {
  assert.deepEqual(
    rig.complaints.filter((complaint) => complaint.startsWith('uncaught')),
    [],
    'what can’t be shown is said, not thrown',
  );
});
