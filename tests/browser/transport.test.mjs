/**
 * Speed, steps, the clock and the fields of the selection, against a running `afterimage demo`.
 *
 * Belongs here: what the bar between the wall and the timeline does. Not here: its keys (keys.test.mjs).
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CAMERAS, FRAME_MICROS, Rig, SECOND } from './rig.mjs';

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];

let rig;
before(async () => {
  rig = await Rig.look(26);
  await rig.press(String(CAMERAS.indexOf('clock') + 1));
});
after(() => rig?.close());

/** Media time per second of the wall while it plays at a speed, over at least `least` of media. */
async function pace(speed, secondsAgo, least) {
  await rig.stand(secondsAgo);
  await rig.dispatch({ type: 'setSpeed', speed });
  return rig.page.evaluate(
    ({ least, limitMs }) =>
      new Promise((resolve) => {
        const from = { ms: performance.now(), at: window.afterimage.timeline.playheadMicros };
        let begun = null;
        const look = () => {
          const ms = performance.now();
          const { playheadMicros: at } = window.afterimage.timeline;
          // The first picture takes its time; the pace is told from then on.
          if (begun === null && at !== from.at) begun = { ms, at };
          const isOver = begun !== null && Math.abs(at - begun.at) > least && ms - begun.ms > 250;
          if (isOver) resolve((at - begun.at) / 1000 / (ms - begun.ms));
          else if (ms - from.ms > limitMs) resolve(null);
          else requestAnimationFrame(look);
        };
        look();
      }),
    { least, limitMs: 12_000 },
  );
}

/** The instants of the frames that a camera shows, in the order in which they came, until `count`. */
const frames = (camera, count) =>
  rig.page.evaluate(
    ({ camera, count }) =>
      new Promise((resolve) => {
        const seen = [];
        const began = performance.now();
        const tile = document.querySelector(`.tile[data-stream="${camera}"]`);
        const look = () => {
          const { frameAt, sample, mode } = tile.dataset;
          const isNew = mode === 'past' && seen.at(-1)?.at !== Number(frameAt);
          if (isNew) seen.push({ at: Number(frameAt), sample: Number(sample) });
          if (seen.length >= count || performance.now() - began > 10_000) resolve(seen);
          else requestAnimationFrame(look);
        };
        look();
      }),
    { camera, count },
  );

describe('speed', () => {
  for (const size of SPEEDS) {
    for (const speed of [size, -size]) {
      test(`it plays at ${speed}×`, async () => {
        const measured = await pace(speed, speed > 0 ? 22 : 3, Math.min(6, Math.max(0.3, size)) * SECOND);
        assert.notEqual(measured, null, 'it runs');
        assert.equal(Math.sign(measured), Math.sign(speed), 'in that direction');
        // The slowest tile is waited for, so a busy machine may be slow; it is never fast.
        assert.ok(Math.abs(measured) < size * 1.15 + 0.05, `no faster than it says: ${measured}`);
        assert.ok(Math.abs(measured) > size * 0.3, `and not at a standstill: ${measured}`);
      });
    }
  }

  test('above 4× only key frames are shown', async () => {
    await rig.stand(22);
    await rig.dispatch({ type: 'setSpeed', speed: 8 });
    const seen = (await frames('clock', 6)).slice(2);
    assert.ok(seen.length > 2, 'it shows frames on its way');
    assert.deepEqual(
      [...new Set(seen.map(({ sample }) => sample))],
      [0],
      'each is the first of its fragment, which is a key frame',
    );
  });

  test('slow reverse shows every frame, each once, one after the other', async () => {
    await rig.stand(4);
    await rig.dispatch({ type: 'setSpeed', speed: -0.25 });
    const seen = (await frames('clock', 12)).slice(1);
    const steps = seen.slice(1).map(({ at }, index) => Math.round((seen[index].at - at) / FRAME_MICROS));
    assert.ok(
      steps.every((step) => step === 1),
      `always the frame before: ${steps}`,
    );
  });

  test('the list of speeds is offered and does the same as the keys', async () => {
    await rig.stand(20);
    const list = rig.page.getByLabel('Speed');
    const offered = (await list.locator('option').allTextContents()).map((text) => text.trim());
    for (const size of SPEEDS) {
      const label = `${String(size).replace('0.', '.')}×`;
      assert.ok(offered.includes(label), `${label} is offered: ${offered}`);
      assert.ok(offered.includes(`−${label}`), `${label} backwards is offered: ${offered}`);
    }
    await list.selectOption({ label: '2×' });
    assert.equal((await rig.timeline()).speed, 2, 'choosing one plays at it');
    await rig.dispatch({ type: 'pause' });
  });
});

describe('the buttons', () => {
  test('play, pause and step say what they do and do it', async () => {
    const from = await rig.stand(6);
    await rig.page.getByRole('button', { name: 'Play', exact: true }).click();
    await rig.until('it plays', async () => (await rig.timeline()).playheadMicros > from + 0.2 * SECOND);
    await rig.page.getByRole('button', { name: 'Pause', exact: true }).click();
    await rig.standAt(from);
    const start = await rig.until('a frame is shown', () => rig.counter());
    await rig.button(/^One frame on/).click();
    await rig.until('the next frame', async () => (await rig.counter())?.counter === start.counter + 1);
    await rig.button(/^One frame back/).click();
    await rig.until('and back', async () => (await rig.counter())?.counter === start.counter);
  });

  test('the zone is always told, UTC when pointed at', async () => {
    const at = await rig.stand(5);
    const zone = await rig.page.locator('.transport .zone').textContent();
    assert.match(zone, /\S/, 'local time has its zone beside it');
    const title = await rig.page.locator('.transport .clock').getAttribute('title');
    const second = new Date(Math.floor(at / 1e6) * 1000).toISOString().slice(0, 19).replace('T', ' ');
    assert.equal(title.slice(0, 19), second, 'the tooltip is the same second in UTC');
    assert.match(title, /UTC$/, 'and says so');
  });

  test('figures do not dance', async () => {
    const variant = await rig.page
      .locator('.transport time')
      .evaluate((element) => getComputedStyle(element).fontVariantNumeric);
    assert.match(variant, /tabular-nums/, 'digits of the clock are as wide as each other');
  });
});

describe('the fields of the selection', () => {
  test('an end is typed in words', async () => {
    const { recorded } = await rig.timeline();
    const [from, to] = [recorded.to - 8 * SECOND, recorded.to - 3 * SECOND].map(
      (at) => Math.floor(at / SECOND) * SECOND,
    );
    await rig.dispatch({ type: 'select', range: { from, to } });
    const field = rig.page.getByRole('group', { name: 'Selection' }).getByLabel('Out');
    await field.fill(new Date((to - SECOND) / 1000).toISOString());
    await field.press('Enter');
    const { selection } = await rig.timeline();
    assert.deepEqual(selection, { from, to: to - SECOND }, 'the end is where it was typed');
  });

  test('nonsense is marked and changes nothing', async () => {
    const { recorded } = await rig.timeline();
    const range = { from: recorded.to - 8 * SECOND, to: recorded.to - 3 * SECOND };
    await rig.dispatch({ type: 'select', range });
    const field = rig.page.getByRole('group', { name: 'Selection' }).getByLabel('In');
    await field.fill('the day after never');
    assert.equal(await field.getAttribute('aria-invalid'), 'true', 'it says that this is no time');
    await field.press('Enter');
    assert.deepEqual((await rig.timeline()).selection, range, 'the selection stays');
    await rig.dispatch({ type: 'select', range: null });
  });
});

test('nothing complained', () => rig.isContent());
