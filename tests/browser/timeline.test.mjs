/**
 * The timeline: zoom, pan, selection, lanes, thumbnails, and what is missing with its reason.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CAMERAS, FRAME_MICROS, Rig, SECOND } from './rig.mjs';
import { Camera, Recorder } from './recorder.mjs';

const YEAR = 365.25 * 86_400 * SECOND;
const LANE_Y = 40;

const axis = (rig) => rig.page.getByRole('slider', { name: 'Playhead' });
const span = async (rig) => {
  const { view } = await rig.timeline();
  return view.to - view.from;
};

/** Moves the pointer over an instant of a lane; `y` counts from the top of the timeline. */
async function pointAt(rig, atMicros, y = LANE_Y) {
  const box = await axis(rig).boundingBox();
  const x = box.x + (await rig.placeOf(atMicros));
  await rig.page.mouse.move(x - 1, box.y + y);
  await rig.page.mouse.move(x, box.y + y);
  return { x, y: box.y + y };
}

describe('the timeline of a demo', () => {
  let rig;
  before(async () => {
    rig = await Rig.look(14);
  });
  after(() => rig?.close());

  test('it zooms from ten years to one frame', async () => {
    await rig.stand(5);
    const { playheadMicros } = await rig.timeline();
    await rig.dispatch({
      type: 'showRange',
      range: { from: playheadMicros - 10 * YEAR, to: playheadMicros },
    });
    assert.ok((await span(rig)) >= 10 * YEAR, 'ten years are in sight');
    await rig.until('the wheel leads from there to a frame', async () => {
      await pointAt(rig, (await rig.timeline()).playheadMicros);
      await rig.page.mouse.wheel(0, -1200);
      return (await span(rig)) <= 5 * FRAME_MICROS;
    });
    const { view } = await rig.timeline();
    assert.ok(
      view.from <= playheadMicros && playheadMicros <= view.to,
      'what was under the pointer still is',
    );
    rig.isContent();
  });

  test('the wheel zooms at the pointer', async () => {
    const at = await rig.stand(5);
    await rig.dispatch({ type: 'showRange', range: { from: at - 20 * SECOND, to: at + 4 * SECOND } });
    const instant = at - 3 * SECOND;
    await pointAt(rig, instant);
    const [before, wide] = [await rig.placeOf(instant), await span(rig)];
    await rig.page.mouse.wheel(0, -300);
    await rig.until('less time is shown', async () => (await span(rig)) < wide * 0.8);
    assert.ok(Math.abs((await rig.placeOf(instant)) - before) < 3, 'the instant stays under the pointer');
  });

  test('a drag pans', async () => {
    const at = await rig.stand(5);
    await rig.dispatch({ type: 'showRange', range: { from: at - 20 * SECOND, to: at + 4 * SECOND } });
    const { view } = await rig.timeline();
    const { x, y } = await pointAt(rig, at - 8 * SECOND);
    await rig.page.mouse.down();
    await rig.page.mouse.move(x + 150, y, { steps: 5 });
    await rig.page.mouse.up();
    const moved = await rig.timeline();
    assert.ok(moved.view.from < view.from - SECOND, 'what was earlier has come into sight');
    assert.equal(moved.playheadMicros, at, 'looking around does not move the playhead');
    assert.equal(moved.selection, null, 'and selects nothing');
  });

  test('Shift-drag selects, and its ends can be moved by pointer and by arrow keys', async () => {
    const at = await rig.stand(5);
    await rig.dispatch({ type: 'showRange', range: { from: at - 12 * SECOND, to: at + 4 * SECOND } });
    const start = await pointAt(rig, at - 6 * SECOND);
    const box = await axis(rig).boundingBox();
    const end = box.x + (await rig.placeOf(at - 2 * SECOND));
    await rig.page.keyboard.down('Shift');
    await rig.page.mouse.down();
    await rig.page.mouse.move(end, start.y, { steps: 5 });
    await rig.page.mouse.up();
    await rig.page.keyboard.up('Shift');
    const near = 0.05 * SECOND;
    const { selection } = await rig.timeline();
    assert.ok(Math.abs(selection.from - (at - 6 * SECOND)) < near, 'it begins where the drag began');
    assert.ok(Math.abs(selection.to - (at - 2 * SECOND)) < near, 'and ends where it ended');

    const handle = rig.page.getByRole('slider', { name: 'Out: end of the selection' });
    const grip = await handle.boundingBox();
    await rig.page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
    await rig.page.mouse.down();
    await rig.page.mouse.move(box.x + (await rig.placeOf(at - 4 * SECOND)), grip.y + 4, { steps: 5 });
    await rig.page.mouse.up();
    const trimmed = (await rig.timeline()).selection;
    assert.ok(Math.abs(trimmed.to - (at - 4 * SECOND)) < 0.2 * SECOND, 'the handle takes the end along');
    assert.equal(trimmed.from, selection.from, 'the other end stays');

    await handle.focus();
    await rig.press('ArrowLeft');
    const nudged = (await rig.timeline()).selection;
    assert.ok(
      nudged.to < trimmed.to && nudged.to > trimmed.to - 1.1 * SECOND,
      'an arrow key moves it a little',
    );
    await rig.dispatch({ type: 'select', range: null });
  });

  test('the selected camera’s lane is on top, all shown together at the bottom', async () => {
    for (const [index, camera] of CAMERAS.entries()) {
      await rig.press(String(index + 1));
      await rig.until(`${camera} is on top`, async () => {
        const lanes = await rig.page.locator('.timeline .lanes .name').allTextContents();
        const names = lanes.map((name) => name.trim());
        return names.length === 3 && names[0] === camera && names[2] === 'All shown';
      });
    }
  });

  test('the pointer is told its instant, in local time and UTC, with a picture of it', async () => {
    const at = await rig.stand(5);
    await rig.dispatch({ type: 'showRange', range: { from: at - 12 * SECOND, to: at + 4 * SECOND } });
    await pointAt(rig, at - 2 * SECOND);
    const tip = rig.page.getByRole('tooltip');
    await tip.getByText('Recorded', { exact: true }).waitFor();
    const second = new Date((at - 2 * SECOND) / 1000).toISOString().slice(0, 18).replace('T', ' ');
    assert.ok((await tip.textContent()).includes(second), 'UTC is beside local time');
    await rig.until('there is a picture', () =>
      tip.locator('img').evaluateAll(([image]) => image?.complete === true && image.naturalWidth > 0),
    );
    await rig.page.mouse.move(5, 5);
    await tip.waitFor({ state: 'detached' });
  });

  test('the axis tells its instant to those who do not see it', async () => {
    const at = await rig.stand(5);
    const slider = axis(rig);
    assert.equal(Number(await slider.getAttribute('aria-valuenow')), Math.floor(at / 1e6) * 1e6, 'its value');
    assert.match(await slider.getAttribute('aria-valuetext'), /\d\d:\d\d:\d\d/, 'and its words');
  });

  test('nothing complained', () => rig.isContent());
});

describe('the timeline of an archive with a hole', () => {
  let rig;
  let camera;
  let recorder;
  /** Where nothing is recorded, because somebody stopped it. */
  let hole;

  const ranges = async () => (await recorder.api('/streams/gate/timeline?from=-10m&to=now')).ranges;
  const grown = (what, ask) => rig.until(what, ask);

  before(async () => {
    recorder = await Recorder.start('--no-worker');
    camera = await Camera.start(['clock']);
    await recorder.add('gate', camera.addresses[0]);
    rig = await Rig.open(undefined, recorder);
    await rig.enter();
    await grown('some seconds are recorded', async () => {
      const { recorded } = await rig.timeline();
      return recorded !== null && recorded.to - recorded.from > 4 * SECOND;
    });
    await recorder.change('gate', { enabled: false });
    const stoppedAt = Date.now();
    await grown('it stands still for a while', async () => Date.now() - stoppedAt > 3_000);
    await recorder.change('gate', { enabled: true });
    const [before, after] = await grown('it records again', async () => {
      const all = await ranges();
      const last = all.at(-1);
      const isLong = all.length > 1 && Date.parse(last.to) - Date.parse(last.from) > 4_000;
      return isLong ? all.slice(-2) : null;
    });
    hole = { from: Date.parse(before.to) * 1000, to: Date.parse(after.from) * 1000 };
  });
  after(async () => {
    await rig?.close();
    await recorder?.end();
    await camera?.end();
  });

  const look = () =>
    rig.dispatch({ type: 'showRange', range: { from: hole.from - 8 * SECOND, to: hole.to + 3 * SECOND } });

  test('the pointer is told why nothing is there', async () => {
    await rig.standAt(hole.from - SECOND);
    await look();
    await pointAt(rig, (hole.from + hole.to) / 2);
    await rig.page
      .getByRole('tooltip')
      .getByText(/Stopped by operator · \d/)
      .waitFor();
  });

  test('there, the tile says why and leads to the nearest footage', async () => {
    await rig.dispatch({ type: 'pause' });
    await rig.dispatch({ type: 'seek', atMicros: hole.from + 0.6 * SECOND });
    const tile = rig.tile('gate');
    await tile.getByText('Stopped by operator').waitFor();
    await tile.getByRole('button', { name: 'Go to the nearest footage' }).click();
    await rig.until('a frame is shown', async () => (await rig.tiles()).gate?.state === 'paused');
    const { playheadMicros } = await rig.timeline();
    assert.ok(playheadMicros <= hole.from && playheadMicros > hole.from - SECOND, 'it is the nearer edge');
  });

  test('what plays leaps over the hole, and says so', async () => {
    await rig.standAt(hole.from - 0.6 * SECOND);
    await rig.dispatch({ type: 'play' });
    await rig.notice(/^Skipped .* without footage/);
    await rig.until('it plays on behind it', async () => (await rig.timeline()).playheadMicros > hole.to);
    const shown = Number((await rig.tiles()).gate.frameAt);
    assert.ok(shown <= hole.from || shown >= hole.to - FRAME_MICROS, 'never a frame of what is missing');
    await rig.dispatch({ type: 'pause' });
  });

  test('backwards it leaps too', async () => {
    await rig.standAt(hole.to + 0.8 * SECOND);
    await rig.dispatch({ type: 'setSpeed', speed: -1 });
    await rig.until(
      'it plays before the hole',
      async () => (await rig.timeline()).playheadMicros < hole.from,
    );
    await rig.dispatch({ type: 'pause' });
  });

  test('nothing complained', () => rig.isContent());
});
